// Setting global variables before load.
#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "skep/spec.hpp"

namespace skep {
namespace {

Result<const Variable*> find_or_fail(const ObjectSpec& spec, std::string_view name) {
  if (const auto* variable = spec.find_variable(name)) return variable;
  std::vector<std::string> names;
  names.reserve(spec.variables.size());
  for (const auto& variable : spec.variables) names.push_back(variable.name);
  Error error(ErrorKind::not_found, fmt::format("no global variable is named '{}'", name));
  if (names.empty()) {
    error = std::move(error).hint("the object has no global variables");
  } else if (const auto near = nearest(name, names)) {
    error = std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  } else {
    error = std::move(error).hint(fmt::format("there are {}", enumerate(names)));
  }
  return std::unexpected(std::move(error));
}

void write(MapSpec& map, std::uint32_t offset, std::span<const std::byte> bytes) {
  const auto end = offset + bytes.size();
  if (map.contents.size() < end) map.contents.resize(end);
  std::ranges::copy(bytes, map.contents.begin() + offset);
}

// Two's complement: does the number have the same value when it is cut to `size` bytes?
bool fits(std::uint64_t value, bool is_signed, std::uint32_t size, bool target_signed) {
  const bool negative = is_signed && static_cast<std::int64_t>(value) < 0;
  if (negative && !target_signed) return false;
  const auto bits = size * 8 - (target_signed ? 1 : 0);
  const auto magnitude = negative ? ~value : value;
  return bits >= 64 || magnitude >> bits == 0;
}

std::string number(std::uint64_t value, bool is_signed) {
  return is_signed ? fmt::format("{}", static_cast<std::int64_t>(value)) : fmt::format("{}", value);
}

template <typename Float>
std::vector<std::byte> as_float(std::uint64_t value, bool is_signed) {
  const auto result =
      is_signed ? static_cast<Float>(static_cast<std::int64_t>(value)) : static_cast<Float>(value);
  std::vector<std::byte> bytes(sizeof(Float));
  std::memcpy(bytes.data(), &result, sizeof(Float));
  return bytes;
}

bool is_number(const btf::Type& type) {
  return type.is(btf::Kind::int_) || type.is(btf::Kind::float_) || type.is_any_enum();
}

// The bytes of `value` as the type stores it, without a type as a number of `size` bytes.
Result<std::vector<std::byte>> encode(const Btf& types, const Variable& variable,
                                      std::uint64_t value, bool is_signed) {
  const auto size = variable.size;
  const bool has_type = variable.type != 0;
  const auto type = types.strip(variable.type);
  const auto c_name = has_type ? types.c_name(variable.type) : fmt::format("{} bytes", size);
  if (size > 8 || (size & (size - 1)) != 0 || size == 0 || (has_type && !is_number(type))) {
    return fail(ErrorKind::invalid_argument, "'{}' is {}, not a number", variable.name, c_name);
  }
  if (type.is(btf::Kind::float_)) {
    return size == 4 ? as_float<float>(value, is_signed) : as_float<double>(value, is_signed);
  }
  const bool negative = is_signed && static_cast<std::int64_t>(value) < 0;
  const bool target_signed = has_type ? type.is_signed() : negative;
  const bool in_range = type.is_bool() ? value <= 1 : fits(value, is_signed, size, target_signed);
  if (!in_range) {
    return fail(ErrorKind::invalid_argument, "{} does not fit '{}', which is {}",
                number(value, is_signed), variable.name, c_name);
  }
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), &value, size);  // little-endian (base/bytes.hpp)
  return bytes;
}

}  // namespace

Result<void> ObjectSpec::set_integer(std::string_view wanted, std::uint64_t value, bool is_signed) {
  SKEP_TRY(const auto* global, find_or_fail(*this, wanted));
  SKEP_TRY(const auto bytes, encode(types, *global, value, is_signed));
  write(maps[global->map], global->offset, bytes);
  return {};
}

Result<void> ObjectSpec::set(std::string_view wanted, std::string_view text) {
  SKEP_TRY(const auto* global, find_or_fail(*this, wanted));
  const auto type = types.strip(global->type);
  const auto element = types.strip(type.is(btf::Kind::array) ? type.target() : 0);
  if (global->type != 0 && (!element.is(btf::Kind::int_) || element.size() != 1)) {
    return fail(ErrorKind::invalid_argument, "'{}' is {}, not a char array", wanted,
                types.c_name(global->type));
  }
  if (text.size() >= global->size) {
    return fail(ErrorKind::invalid_argument, "'{}' has room for {} bytes and the NUL, not for {}",
                name, global->size == 0 ? 0 : global->size - 1, text.size());
  }
  std::vector<std::byte> bytes(global->size);
  std::ranges::copy(std::as_bytes(std::span(text)), bytes.begin());
  write(maps[global->map], global->offset, bytes);
  return {};
}

Result<void> ObjectSpec::set(std::string_view wanted, std::span<const std::byte> bytes) {
  SKEP_TRY(const auto* global, find_or_fail(*this, wanted));
  if (bytes.size() != global->size) {
    return fail(ErrorKind::invalid_argument, "'{}' has {} bytes, not {}", wanted, global->size,
                bytes.size());
  }
  write(maps[global->map], global->offset, bytes);
  return {};
}

std::vector<std::byte> ObjectSpec::bytes_of(const Variable& variable) const {
  std::vector<std::byte> bytes(variable.size);
  const auto& contents = maps[variable.map].contents;
  const auto start = std::min<std::size_t>(variable.offset, contents.size());
  const auto count = std::min<std::size_t>(variable.size, contents.size() - start);
  std::copy_n(contents.begin() + static_cast<std::ptrdiff_t>(start), count, bytes.begin());
  return bytes;
}

}  // namespace skep
