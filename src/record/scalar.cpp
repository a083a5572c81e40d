#include "record/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/syscall.hpp"
#include "skep/address.hpp"

namespace skep::record {
namespace {

struct Number {
  std::uint64_t bits = 0;
  bool negative = false;
};

std::optional<Number> parse_number(std::string_view text) {
  Number out;
  if (text.starts_with('-')) {
    out.negative = true;
    text.remove_prefix(1);
  }
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.bits, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (out.negative) {
    if (out.bits > std::uint64_t{1} << 63) return std::nullopt;
    out.bits = ~out.bits + 1;
  }
  return out;
}

std::uint64_t load(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(value)));
  return value;
}

void store(std::uint64_t value, std::span<std::byte> out) {
  std::memcpy(out.data(), &value, std::min(out.size(), sizeof(value)));
}

std::int64_t sign_extend(std::uint64_t value, std::uint32_t size) {
  const unsigned shift = 64 - size * 8;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

constexpr std::uint64_t all_ones(std::uint32_t size) {
  return size >= 8 ? UINT64_MAX : (std::uint64_t{1} << (size * 8)) - 1;
}

// __be16, __be32, __be64: a typedef says that it is in network order.
bool is_big_endian(const Btf& types, btf::TypeId id) {
  for (int hops = 0; hops < 32; ++hops) {
    const auto type = types.type(id);
    if (!type.is_modifier()) return false;
    const auto name = type.name();
    if (type.is(btf::Kind::typedef_) && (name.starts_with("__be") || name.starts_with("be"))) {
      return name.ends_with("16") || name.ends_with("32") || name.ends_with("64");
    }
    id = type.target();
  }
  return false;
}

std::string range_of(const btf::Type& type) {
  const auto size = type.size();
  if (!type.is_signed()) return fmt::format("from 0 to {}", all_ones(size));
  const auto most = static_cast<std::int64_t>(all_ones(size) >> 1);
  return fmt::format("from {} to {}", -most - 1, most);
}

bool fits(const Number& number, const btf::Type& type) {
  const auto size = type.size();
  if (!type.is_signed()) return !number.negative && number.bits <= all_ones(size);
  if (!number.negative) return number.bits <= all_ones(size) >> 1;
  return sign_extend(number.bits, size) == static_cast<std::int64_t>(number.bits);
}

Result<void> encode_bool(std::string_view text, const ValuePlace& place, std::span<std::byte> out) {
  const bool yes = text == "true" || text == "1" || text == "yes" || text == "on";
  const bool no = text == "false" || text == "0" || text == "no" || text == "off";
  if (!yes && !no) {
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes true or false", place.path, text);
  }
  store(yes ? 1 : 0, out);
  return {};
}

// A name, or several of a set of flags: A|B.
std::optional<std::uint64_t> find_names(const btf::Type& type, std::string_view text) {
  std::uint64_t out = 0;
  const auto names = type.enumerators();
  for (;;) {
    const auto end = std::min(text.find('|'), text.size());
    const auto found = std::ranges::find(names, text.substr(0, end), &btf::Enumerator::name);
    if (found == names.end()) return std::nullopt;
    out |= found->value;
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

Result<void> encode_enum(const btf::Type& type, std::string_view text, const ValuePlace& place,
                         std::span<std::byte> out) {
  if (const auto value = find_names(type, text)) {
    store(*value, out);
    return {};
  }
  const auto number = parse_number(text);
  if (number && fits(*number, type)) {
    store(number->bits, out);
    return {};
  }
  std::vector<std::string> names;
  for (const auto& item : type.enumerators()) names.emplace_back(item.name);
  return fail(ErrorKind::invalid_argument, "{} '{}': it takes one of {}", place.path, text,
              enumerate(names));
}

Result<void> encode_float(const btf::Type& type, std::string_view text, const ValuePlace& place,
                          std::span<std::byte> out) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc() || end != text.end()) {
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes a number ({})", place.path, text,
                type.name());
  }
  const auto narrow = static_cast<float>(value);
  if (out.size() == sizeof(narrow)) std::memcpy(out.data(), &narrow, sizeof(narrow));
  if (out.size() == sizeof(value)) std::memcpy(out.data(), &value, sizeof(value));
  return {};
}

// A number, a quantity with its unit, a system call's name, or a character.
std::optional<Number> number_in(const btf::Type& type, Unit unit, const std::string& text) {
  if (auto number = parse_number(text)) return number;
  if (const auto quantity = parse_quantity(unit, text)) return Number{*quantity, false};
  if (unit == Unit::syscall) {
    if (const auto number = number_of_syscall(text)) return Number{*number, false};
  }
  const bool is_character = type.name() == "char" && type.size() == 1 && text.size() == 1;
  if (is_character) return Number{static_cast<unsigned char>(text[0]), false};
  return std::nullopt;
}

Result<void> encode_integer(const Btf& types, btf::TypeId id, const std::string& text,
                            const ValuePlace& place, std::span<std::byte> out) {
  const auto type = types.strip(id);
  const auto unit = unit_at(types, id, place);
  auto number = number_in(type, unit, text);
  if (!number) {
    const auto more = unit == Unit::none ? std::string() : fmt::format(", {}", describe(unit));
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes a number ({}){}", place.path, text,
                types.c_name(type.id()), more);
  }
  // "-1" as "all" for an unsigned variable is common: the bits that -1 has in that type.
  if (number->negative && !type.is_signed() && number->bits == UINT64_MAX) {
    number = Number{all_ones(type.size()), false};
  }
  if (!fits(*number, type)) {
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes a number {} ({})", place.path, text,
                range_of(type), types.c_name(type.id()));
  }
  store(number->bits, out);
  if (is_big_endian(types, id)) std::ranges::reverse(out);
  return {};
}

}  // namespace

bool is_scalar(const btf::Type& type) noexcept {
  const auto size = type.size();
  const bool is_power = size == 1 || size == 2 || size == 4 || size == 8;
  if (type.is(btf::Kind::float_)) return size == 4 || size == 8;
  return is_power && (type.is(btf::Kind::int_) || type.is_any_enum());
}

Unit unit_at(const Btf& types, btf::TypeId id, const ValuePlace& place) {
  auto unit = unit_of(place.name);
  if (unit == Unit::none) unit = place.unit;
  const auto type = types.strip(id);
  if (unit == Unit::address) {
    if (type.is(btf::Kind::int_)) return type.size() == 4 ? unit : Unit::none;
    const auto size = types.size_of(id);
    const bool is_bytes = type.is(btf::Kind::array) && size && (*size == 4 || *size == 16);
    return is_bytes ? unit : Unit::none;
  }
  // A MAC address has a size of its own.
  if (type.is(btf::Kind::array) && types.size_of(id).value_or(0) == 6) return Unit::address;
  const bool is_integer = type.is(btf::Kind::int_) && !type.is_bool();
  return is_integer ? unit : Unit::none;
}

Result<void> encode_scalar(const Btf& types, btf::TypeId id, const std::string& text,
                           const ValuePlace& place, std::span<std::byte> out) {
  const auto type = types.strip(id);
  if (type.is_bool()) return encode_bool(text, place, out);
  if (type.is_any_enum()) return encode_enum(type, text, place, out);
  if (type.is(btf::Kind::float_)) return encode_float(type, text, place, out);
  return encode_integer(types, id, text, place, out);
}

bool encode_address(std::string_view text, std::span<std::byte> out) {
  const auto take = [&](const auto& parsed) {
    if (!parsed || parsed->bytes.size() != out.size()) return false;
    std::memcpy(out.data(), parsed->bytes.data(), out.size());
    return true;
  };
  if (out.size() == 4) return take(Ipv4Address::parse(text));
  if (out.size() == 6) return take(MacAddress::parse(text));
  return out.size() == 16 && take(Ipv6Address::parse(text));
}

std::string show_scalar(const Btf& types, btf::TypeId id, std::string_view name,
                        std::span<const std::byte> bytes) {
  const auto type = types.strip(id);
  std::uint64_t value = load(bytes);
  if (type.is_any_enum()) {
    const auto wide =
        type.is_signed() ? static_cast<std::uint64_t>(sign_extend(value, type.size())) : value;
    for (const auto& item : type.enumerators()) {
      if (item.value == wide || item.value == value) return std::string(item.name);
    }
  }
  if (type.is_bool()) return value != 0 ? "true" : "false";
  if (type.is(btf::Kind::float_)) {
    float narrow = 0;
    double wide = 0;
    std::memcpy(&narrow, bytes.data(), sizeof(narrow));
    if (bytes.size() == sizeof(wide)) std::memcpy(&wide, bytes.data(), sizeof(wide));
    return bytes.size() == sizeof(wide) ? fmt::format("{}", wide) : fmt::format("{}", narrow);
  }
  const auto number = [](std::byte b) { return std::to_integer<unsigned>(b); };
  const bool is_address = unit_at(types, id, {{}, std::string(name), Unit::none}) == Unit::address;
  if (is_address && value != 0 && value != all_ones(4)) {
    return fmt::format("{}.{}.{}.{}", number(bytes[0]), number(bytes[1]), number(bytes[2]),
                       number(bytes[3]));
  }
  // All ones is what programs mean by "none" or "all"; -1 is how people type it.
  if (value == all_ones(type.size())) return "-1";
  if (is_big_endian(types, id)) {
    std::vector<std::byte> swapped(bytes.rbegin(), bytes.rend());
    value = load(swapped);
  }
  return type.is_signed() ? std::to_string(sign_extend(value, type.size())) : std::to_string(value);
}

}  // namespace skep::record
