// Definitions: members, with what it takes to lay them out as BTF says.
#include <algorithm>
#include <array>
#include <limits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "btf/writer.hpp"

namespace skep::btf {
namespace {

struct Unit {
  std::string_view type;
  std::uint64_t bits;
};
constexpr std::array<Unit, 4> units = {Unit{"char", 8}, {"short", 16}, {"int", 32}, {"long", 64}};

// Bits. What is larger becomes an array: kernels pad to a page, only hostile types to gigabytes.
constexpr std::uint64_t largest_padding = 8ULL << 16;

std::string tabs(unsigned count) { return std::string(count, '\t'); }

// Unnamed bit fields from bit `from` to bit `to`. Each lies within one unit of its type, so it is
// put right where the last one ended; and being unnamed, it does not align the struct.
std::string padding(std::uint64_t from, std::uint64_t to, unsigned indent) {
  std::string out;
  if (to > from && to - from > largest_padding) {
    const std::uint64_t first = round_up(from, 8) / 8, end = to / 8;
    return fmt::format("{}{}unsigned char __padding_{}[{}];\n{}", padding(from, first * 8, indent),
                       tabs(indent), first, end - first, padding(end * 8, to, indent));
  }
  while (from < to) {
    const std::uint64_t end = std::min(to, from / 64 * 64 + 64);
    const auto fits = [&](const Unit& unit) { return from / unit.bits == (end - 1) / unit.bits; };
    const auto* unit = std::ranges::find_if(units, fits);
    out += fmt::format("{}{}: {};\n", tabs(indent), unit->type, end - from);
    from = end;
  }
  return out;
}

// Where C puts the next member when nothing else is said.
std::uint64_t next_place(std::uint64_t from, std::uint64_t alignment, const Member& member,
                         std::uint64_t unit, bool packed) noexcept {
  if (member.bit_size == 0) return round_up(from, packed ? 8 : alignment * 8);
  return packed || from % unit + member.bit_size <= unit ? from : round_up(from, unit);
}

std::string_view enum_attribute(const Type& type) {
  const auto is_wide = [&](const Enumerator& one) {
    const auto value = static_cast<std::int64_t>(one.value);
    if (!type.is_signed()) return one.value > std::numeric_limits<std::uint32_t>::max();
    return value < std::numeric_limits<std::int32_t>::min() ||
           value > std::numeric_limits<std::int32_t>::max();
  };
  switch (type.size()) {
    case 1:
      return " __attribute__((mode(byte)))";
    case 2:
      return " __attribute__((mode(HI)))";
    case 8:  // by itself when a value needs it
      return std::ranges::any_of(type.enumerators(), is_wide) ? "" : " __attribute__((mode(word)))";
    default:
      return "";
  }
}

std::string enum_value(const Type& type, std::uint64_t value) {
  if (!type.is_signed()) {
    return value > std::numeric_limits<std::uint32_t>::max() ? fmt::format("{}ULL", value)
                                                             : fmt::format("{}", value);
  }
  const auto number = static_cast<std::int64_t>(value);
  // The literal of the smallest one does not fit before its sign is applied.
  if (number == std::numeric_limits<std::int64_t>::min()) return "(-9223372036854775807LL - 1)";
  const bool wide = number != static_cast<std::int32_t>(number);
  return wide ? fmt::format("{}LL", number) : fmt::format("{}", number);
}

}  // namespace

Result<std::string> Writer::define(const Type& type, std::string_view tag, unsigned indent) {
  if (type.is_any_enum()) return enumeration(type, tag, indent);
  ++depth_;
  SKEP_CHECK(spend(type.id(), 0));
  SKEP_TRY(auto text, composite(type, tag, indent));
  SKEP_CHECK(spend(type.id(), text.size()));
  --depth_;
  return text;
}

Result<std::string> Writer::composite(const Type& type, std::string_view tag, unsigned indent) {
  SKEP_TRY(const auto packing, alignments_.packing(type));
  std::string out(name_of(type.kind()));
  if (!tag.empty()) out += fmt::format(" {}", tag);
  if (packing == Packing::impossible) {
    return fmt::format("{} {{\n{}unsigned char bytes[{}]; /* its members overlap */\n{}}}", out,
                       tabs(indent + 1), type.size(), tabs(indent));
  }
  const bool packed = packing == Packing::packed;
  SKEP_TRY(const auto body, members(type, packed, indent + 1));
  if (body.empty()) return out + " {}";
  return fmt::format("{} {{\n{}{}}}{}", out, body, tabs(indent),
                     packed ? " __attribute__((packed))" : "");
}

Result<std::string> Writer::members(const Type& type, bool packed, unsigned indent) {
  std::string out;
  std::uint64_t end = 0, largest = 1;  // bits; bytes
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Member part = type.member(i);
    if (is_padding(types_, part)) continue;
    SKEP_TRY(const std::uint64_t own, alignments_.of(part.type));
    SKEP_TRY(const std::uint64_t unit, types_.size_of(part.type));
    SKEP_TRY(const std::uint64_t bits, bits_of(types_, part));
    largest = std::max(largest, packed ? 1 : own);
    if (type.is(Kind::struct_) && next_place(end, own, part, unit * 8, packed) != part.bit_offset) {
      const auto gap = padding(end, part.bit_offset, indent);
      SKEP_CHECK(spend(type.id(), gap.size()));
      out += gap;
    }
    SKEP_TRY(const auto text, member(part, indent));
    out += text;
    SKEP_CHECK(spend(type.id(), text.size()));
    end = type.is(Kind::struct_) ? part.bit_offset + bits : std::max(end, bits);
  }
  const std::uint64_t size = type.size() * 8ULL;
  if (round_up(end, largest * 8) == size) return out;
  if (type.is(Kind::struct_)) return out + padding(end, size, indent);
  return out + fmt::format("{}unsigned char __size[{}];\n", tabs(indent), type.size());
}

Result<std::string> Writer::member(const Member& part, unsigned indent) {
  std::string text = tabs(indent);
  if (is_embedded(types_, part)) {
    SKEP_TRY(const auto body, define(types_.strip(part.type), "", indent));
    text += body;
  } else {
    SKEP_TRY(const auto declaration,
             declare(written_type(types_, part.type), identifier(part.name), indent));
    text += declaration;
  }
  if (part.bit_size != 0) text += fmt::format(": {}", part.bit_size);
  return text + ";\n";
}

std::string Writer::enumeration(const Type& type, std::string_view tag, unsigned indent) {
  std::string out = tag.empty() ? "enum" : fmt::format("enum {}", tag);
  if (type.vlen() == 0) return out;  // all that BTF says of a forward declaration
  out += " {\n";
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Enumerator one = type.enumerator(i);
    out += fmt::format("{}{} = {},\n", tabs(indent + 1), names_.enumerator(one.name),
                       enum_value(type, one.value));
  }
  return fmt::format("{}{}}}{}", out, tabs(indent), enum_attribute(type));
}

}  // namespace skep::btf
