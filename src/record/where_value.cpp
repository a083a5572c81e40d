#include "record/where_value.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/nearest.hpp"
#include "record/json_program.hpp"
#include "record/names.hpp"
#include "record/operation.hpp"

namespace skep::record::where {
namespace {

// Numbers that are tried for a name: all of two bytes, and the first ones of more.
constexpr std::uint64_t names_of_two_bytes = 65536, most_names = 4096;
constexpr std::uint64_t highest_errno = 4095;

std::unexpected<Error> fail_at(const Tree& tree, Place place, std::string_view what) {
  return std::unexpected(error_at(ErrorKind::invalid_argument, tree.text, place, what));
}

bool has_bytes_for_elements(const Column& column) noexcept {
  const bool is_plain = column.meaning == Meaning::unsigned_integer ||
                        column.meaning == Meaning::bytes || column.meaning == Meaning::dump;
  return is_plain && column.bit_size == 0 && bytes_of(column) > 0;
}

// Nanoseconds of a column's unit; 0: it is no time.
std::uint64_t unit_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::time_ns:
    case Meaning::monotonic_ns:
    case Meaning::duration_ns:
      return 1;
    case Meaning::duration_us:
      return 1'000;
    case Meaning::duration_ms:
      return 1'000'000;
    case Meaning::duration_s:
      return 1'000'000'000;
    default:
      return 0;
  }
}

// "an unsigned integer", "a user", "flags"
std::string article(std::string_view noun) {
  constexpr std::array<std::string_view, 4> plurals{"bytes", "words", "flags", "open flags"};
  if (std::ranges::find(plurals, noun) != plurals.end()) return std::string(noun);
  const bool is_vowel =
      std::string_view("aeiouEI").contains(noun.front()) && noun != "user" && noun != "user id";
  return fmt::format("{} {}", is_vowel ? "an" : "a", noun);
}

std::string describe(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::number:
      return "a number";
    case Literal::Kind::real:
      return "no whole number";
    case Literal::Kind::duration:
      return "a duration";
    case Literal::Kind::text:
      return "a text";
    case Literal::Kind::name:
      return "a name";
    case Literal::Kind::address:
      return "an address";
  }
  return "something else";
}

std::unexpected<Error> fail_type(const Tree& tree, const Column& column, const Literal& literal) {
  const std::string_view text =
      std::string_view(tree.text).substr(literal.place.at, literal.place.size);
  return fail_at(tree, literal.place,
                 fmt::format("{}, and {} is {}", where::describe(column), text, describe(literal)));
}

// What the JSON of a column says for a number: the names that it is shown by are those that it is
// asked for by, whatever the kind of column.
class Names {
 public:
  Names(const Schema& schema, Column column) : program_(schema.enumerations, Clock{}), record_(8) {
    column.offset = 0;
    column.dimensions.clear();
    if (column.bit_size != 0) column.size = 8;
    column.bit_size = column.bit_shift = 0;
    is_big_endian_ = is_big_endian(column);
    size_ = std::min<std::size_t>(column.size, 8);
    range_ = program_.add_value(column);
  }

  // "ENOENT" for -2; of flags the last; empty when it is shown as a number.
  [[nodiscard]] std::string_view of(std::uint64_t value) {
    out_.clear();
    if (is_big_endian_) value = __builtin_bswap16(static_cast<std::uint16_t>(value));
    std::memcpy(record_.data(), &value, sizeof(value));
    {
      Writer writer(out_);
      program_.run(writer, Bytes(record_).first(size_), range_);
    }
    if (out_.size() < 2 || out_.front() != '"') return {};
    const std::string_view text = std::string_view(out_).substr(1, out_.size() - 2);
    return text.substr(text.rfind('|') + 1);
  }

 private:
  JsonProgram program_;
  JsonProgram::Range range_;
  std::vector<std::byte> record_;
  std::size_t size_ = 0;
  bool is_big_endian_ = false;
  std::string out_;
};

// Columns that show numbers as numbers, whatever stands in them.
bool is_shown_as_number(const Column& column) noexcept {
  switch (column.meaning) {
    case Meaning::unsigned_integer:
    case Meaning::signed_integer:
    case Meaning::boolean:
    case Meaning::character:
    case Meaning::pointer:
    case Meaning::file_mode:
    case Meaning::user_id:
    case Meaning::byte_count:
    case Meaning::percent:
    case Meaning::hex_number:
    case Meaning::ip4_host:
    case Meaning::port_be:
    case Meaning::device:
    case Meaning::process:
    case Meaning::cgroup:
      return true;
    default:
      return unit_of(column.meaning) != 0;
  }
}

constexpr std::size_t longest_entry = std::size_t{16} * 1024;  // bytes of a line of passwd(5)

std::optional<std::uint64_t> find_user(const std::string& name) {
  std::array<char, longest_entry> room;
  passwd entry{}, *found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint64_t>(found->pw_uid);
}

std::optional<std::uint64_t> find_group(const std::string& name) {
  std::array<char, longest_entry> room;
  group entry{}, *found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint64_t>(found->gr_gid);
}

// Calls `visit(value, name)` for the numbers that a name may stand for, until it returns true.
template <typename Visit>
void for_each_name(const Schema& schema, const Column& column, Visit visit) {
  if (is_shown_as_number(column)) return;
  Names names(schema, column);
  const bool is_signed = operation_of(column).is_signed;
  const std::uint64_t most = column.size == 2 ? names_of_two_bytes : most_names;
  const auto is_it = [&](std::uint64_t value) {
    const auto name = names.of(value);
    return !name.empty() && visit(value, name);
  };
  for (std::uint64_t i = 0; i < most; ++i) {
    if (is_it(i) || (is_signed && i > 0 && is_it(0 - i))) return;
  }
  for (std::uint64_t bit = most; bit != 0; bit <<= 1) {
    if (is_it(bit)) return;
  }
}

std::optional<std::uint64_t> find_shown_name(const Schema& schema, const Column& column,
                                             std::string_view wanted) {
  std::optional<std::uint64_t> found;
  for_each_name(schema, column, [&](std::uint64_t value, std::string_view name) {
    if (name == wanted) found = value;
    return found.has_value();
  });
  return found;
}

// For somebody who has mistyped one.
std::vector<std::string> names_for(const Schema& schema, const Column& column) {
  std::vector<std::string> out;
  if (column.enumeration != Column::none) {
    for (const auto& [value, name] : schema.enumerations[column.enumeration].names) {
      out.push_back(name);
    }
    return out;
  }
  const bool is_of_machine =
      column.meaning == Meaning::user_name || column.meaning == Meaning::group_name;
  if (is_of_machine) return out;
  for_each_name(schema, column, [&](std::uint64_t, std::string_view name) {
    out.emplace_back(name);
    return false;
  });
  return out;
}

std::optional<std::uint64_t> find_errno(std::string_view name) {
  for (std::uint64_t i = 1; i <= highest_errno; ++i) {
    if (name_of_errno(i) == name) return i;
  }
  return std::nullopt;
}

std::optional<SignedWide> find_enumerator(const Schema& schema, const Column& column,
                                          std::string_view name) {
  for (const auto& [value, each] : schema.enumerations[column.enumeration].names) {
    if (each != name) continue;
    return column.is_signed ? SignedWide{static_cast<std::int64_t>(value)} : SignedWide{value};
  }
  return std::nullopt;
}

std::optional<SignedWide> find_name(const Schema& schema, const Column& column,
                                    const Literal& literal) {
  const std::string_view name = literal.text;
  if (column.meaning == Meaning::boolean) {
    if (name == "true" || name == "false") return name == "true" ? 1 : 0;
    return std::nullopt;
  }
  if (column.enumeration != Column::none) return find_enumerator(schema, column, name);
  if (column.meaning == Meaning::signed_integer) {  // as in C: -ENOENT
    const auto code = find_errno(name);
    if (!code) return std::nullopt;
    return literal.is_negative ? -SignedWide{*code} : SignedWide{*code};
  }
  const auto found = column.meaning == Meaning::user_name ? find_user(literal.text)
                     : column.meaning == Meaning::group_name
                         ? find_group(literal.text)
                         : find_shown_name(schema, column, name);
  if (!found) return std::nullopt;
  const auto as_signed = static_cast<std::int64_t>(*found);
  // ENOENT and -ENOENT are the same where only negative numbers have names.
  return as_signed < 0 ? SignedWide{as_signed}
                       : SignedWide{*found} * (literal.is_negative ? -1 : 1);
}

std::unexpected<Error> fail_name(const Tree& tree, const Schema& schema, const Column& column,
                                 const Literal& literal) {
  auto error =
      error_at(ErrorKind::invalid_argument, tree.text, literal.place,
               fmt::format("{}, and it knows no '{}'", where::describe(column), literal.text));
  const auto nearest = nearest_names(literal.text, names_for(schema, column), 1);
  if (!nearest.empty()) error = std::move(error).hint(fmt::format("Perhaps {}.", nearest[0]));
  return std::unexpected(std::move(error));
}

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

unsigned hex_value(char c) noexcept {
  return c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

}  // namespace

std::uint64_t bytes_of(const Column& column) noexcept {
  std::uint64_t bytes = column.flexible ? 0 : column.size;
  for (const auto& dimension : column.dimensions) {
    if (bytes > UINT32_MAX || dimension.stride != bytes) return 0;  // gaps between elements
    bytes *= dimension.count;
  }
  return bytes;
}

bool is_big_endian(const Column& column) noexcept {
  return column.size == 2 &&
         (column.meaning == Meaning::port_be || column.meaning == Meaning::ether_type);
}

bool may_be_address(const Column& column) noexcept {
  switch (column.meaning) {
    case Meaning::ip4:
    case Meaning::ip4_host:
    case Meaning::ip6:
    case Meaning::ip:
    case Meaning::cidr:
      return column.dimensions.empty();
    default:
      break;
  }
  const std::uint64_t bytes = bytes_of(column);
  return (bytes == 4 || bytes == 16) && has_bytes_for_elements(column);
}

Domain domain_of(const Column& column) noexcept {
  switch (column.meaning) {
    case Meaning::text:
    case Meaning::text_span:
    case Meaning::words_span:
      return column.dimensions.empty() ? Domain::text : Domain::none;
    case Meaning::floating:
      return column.dimensions.empty() ? Domain::real : Domain::none;
    case Meaning::structure:
      return Domain::none;
    case Meaning::ip4:
    case Meaning::ip6:
    case Meaning::ip:
    case Meaning::cidr:
      return column.dimensions.empty() ? Domain::address : Domain::none;
    case Meaning::mac:
      return column.dimensions.empty() ? Domain::bytes : Domain::none;
    default:
      break;
  }
  const bool is_number = column.dimensions.empty() && column.meaning != Meaning::bytes &&
                         column.meaning != Meaning::dump;
  if (is_number) {
    const auto code = operation_of(column).code;
    if (code == Code::wide) return may_be_address(column) ? Domain::address : Domain::none;
    return Domain::integer;
  }
  if (may_be_address(column)) return Domain::address;
  return column.size == 1 && has_bytes_for_elements(column) ? Domain::bytes
         : column.dimensions.empty() && !column.flexible    ? Domain::bytes
                                                            : Domain::none;
}

std::string describe(const Column& column) {
  std::string kind = article(name_of(column.meaning));
  if (!column.dimensions.empty()) kind = "an array";
  return fmt::format("'{}' is {}", column.name, kind);
}

Result<SignedWide> to_integer(const Tree& tree, const Schema& schema, const Column& column,
                              const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::number:
      break;
    case Literal::Kind::real:
      if (literal.real != std::floor(literal.real) || std::abs(literal.real) >= 0x1p63) {
        return fail_type(tree, column, literal);
      }
      return SignedWide{static_cast<std::int64_t>(literal.real)};
    case Literal::Kind::duration: {
      const std::uint64_t unit = unit_of(column.meaning);
      if (unit == 0) return fail_type(tree, column, literal);
      if (literal.magnitude % unit != 0) {
        return fail_at(tree, literal.place,
                       fmt::format("{} in units of {} ns, of which this is no multiple",
                                   where::describe(column), unit));
      }
      const auto units = static_cast<SignedWide>(literal.magnitude / unit);
      return literal.is_negative ? -units : units;
    }
    case Literal::Kind::text:
      if (column.meaning == Meaning::character && literal.text.size() == 1) {
        const char c = literal.text.front();
        return column.is_signed ? SignedWide{static_cast<signed char>(c)}
                                : SignedWide{static_cast<unsigned char>(c)};
      }
      if (const auto found = find_name(schema, column, literal)) return *found;
      return is_shown_as_number(column) ? Result<SignedWide>(fail_type(tree, column, literal))
                                        : fail_name(tree, schema, column, literal);
    case Literal::Kind::name:
      if (const auto found = find_name(schema, column, literal)) return *found;
      return fail_name(tree, schema, column, literal);
    case Literal::Kind::address:
      return fail_type(tree, column, literal);
  }
  const auto value = static_cast<SignedWide>(literal.magnitude);
  return literal.is_negative ? -value : value;
}

Result<double> to_real(const Tree& tree, const Column& column, const Literal& literal) {
  const bool is_number =
      literal.kind == Literal::Kind::number || literal.kind == Literal::Kind::real;
  if (!is_number) return fail_type(tree, column, literal);
  return literal.real;
}

Result<std::string> to_bytes(const Tree& tree, const Column& column, const Literal& literal) {
  if (literal.kind != Literal::Kind::text) return fail_type(tree, column, literal);
  std::string digits = literal.text, out;
  std::erase(digits, ':');
  if (digits.size() != bytes_of(column) * 2 || !std::ranges::all_of(digits, is_hex)) {
    return fail_at(tree, literal.place,
                   fmt::format("{}: it is compared with {} hexadecimal digits in quotes",
                               where::describe(column), bytes_of(column) * 2));
  }
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out += static_cast<char>(hex_value(digits[i]) << 4 | hex_value(digits[i + 1]));
  }
  return out;
}

}  // namespace skep::record::where
