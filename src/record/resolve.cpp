#include "record/resolve.hpp"

#include <array>
#include <string_view>

namespace skep::record {
namespace {

using btf::Kind;

struct Named {
  std::string_view name;
  Meaning meaning;
};

constexpr std::array by_name{
    Named{"skep_errno_t", Meaning::error_code}, Named{"skep_result_t", Meaning::result},
    Named{"skep_signal_t", Meaning::signal},    Named{"skep_duration_ns_t", Meaning::duration_ns},
    Named{"skep_time_ns_t", Meaning::time_ns},  Named{"skep_open_flags_t", Meaning::open_flags},
    Named{"skep_mode_t", Meaning::file_mode},   Named{"skep_uid_t", Meaning::user_id},
    Named{"skep_text_t", Meaning::text_span},   Named{"skep_words_t", Meaning::words_span},
};

std::optional<Meaning> meaning_of(std::string_view name) {
  for (const auto& entry : by_name) {
    if (entry.name == name) return entry.meaning;
  }
  return std::nullopt;
}

// {unsigned short offset; unsigned short length; unsigned int total;}
bool is_span(const Btf& types, const btf::Type& type) {
  constexpr std::array<std::uint32_t, 3> offsets{0, 2, 4}, sizes{2, 2, 4};
  if (!type.is(Kind::struct_) || type.size() != 8 || type.vlen() != 3) return false;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto member = type.member(i);
    const auto integer = types.strip(member.type);
    if (member.bit_size != 0 || member.bit_offset != offsets[i] * 8) return false;
    if (!integer.is(Kind::int_) || integer.size() != sizes[i]) return false;
  }
  return true;
}

// The kernel's own structs for addresses.
std::optional<Meaning> meaning_of_struct(const btf::Type& type) {
  if (!type.is(Kind::struct_)) return std::nullopt;
  if (type.name() == "in6_addr" && type.size() == 16) return Meaning::ip6;
  if (type.name() == "in_addr" && type.size() == 4) return Meaning::ip4;
  return std::nullopt;
}

bool has_shape_of(const Btf& types, const btf::Type& type, Meaning meaning) {
  if (meaning == Meaning::text_span || meaning == Meaning::words_span) return is_span(types, type);
  return type.is(Kind::int_) && type.size() <= 8;
}

void describe_integer(const btf::Type& type, std::uint32_t size, Column& column) {
  const std::uint32_t bits = type.int_bits();
  if (size > 16 || bits == 0) return;
  column.is_signed = type.is_signed();
  column.meaning = column.is_signed ? Meaning::signed_integer : Meaning::unsigned_integer;
  if (type.is_bool()) column.meaning = Meaning::boolean;
  if (size == 1 && bits == 8 && is_char(type)) column.meaning = Meaning::character;
  // Before kind_flag, a bit field was an integer of its own with an offset.
  if (bits == size * 8) return;
  column.offset += type.int_bit_offset() / 8;
  column.bit_shift = static_cast<std::uint8_t>(type.int_bit_offset() % 8);
  column.bit_size = static_cast<std::uint8_t>(bits);
  column.size = (column.bit_shift + bits + 7) / 8;
}

}  // namespace

Resolved resolve(const Btf& types, btf::TypeId id) {
  Resolved out{types.strip(id), meaning_of_struct(types.strip(id)), {}};
  auto at = types.strip_qualifiers(id);
  // The chain ends: strip() has followed it, and turns one that goes round into void.
  while (!out.meaning && at.is(Kind::typedef_) && !out.type.is(Kind::void_)) {
    out.typedefs.push_back(at.name());
    const auto meaning = meaning_of(at.name());
    if (meaning && has_shape_of(types, out.type, *meaning)) out.meaning = meaning;
    at = types.strip_qualifiers(at.target());
  }
  return out;
}

bool is_char(const btf::Type& type) {
  return type.is(Kind::int_) && type.size() == 1 && (type.is_char() || type.name() == "char");
}

void describe_scalar(const Resolved& from, std::uint32_t size, Column& column) {
  const btf::Type& type = from.type;
  column.type = type.id();
  column.size = size;
  column.meaning = Meaning::bytes;
  switch (type.kind()) {
    case Kind::int_:
      describe_integer(type, size, column);
      break;
    case Kind::enum_:
    case Kind::enum64:
      column.meaning = Meaning::enumeration;
      column.is_signed = type.is_signed();
      break;
    case Kind::ptr:
      column.meaning = Meaning::pointer;
      break;
    case Kind::float_:
      if (size == 4 || size == 8) column.meaning = Meaning::floating;
      break;
    default:
      break;
  }
  if (from.meaning) column.meaning = *from.meaning;
}

}  // namespace skep::record
