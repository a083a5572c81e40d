// The views: every record was checked by Btf::parse.
#include "btf/data.hpp"

namespace skep::btf {
namespace {

// Bits of an INT's word after the header (BTF_INT_*).
constexpr std::uint32_t int_signed = 1, int_char = 2, int_bool = 4;

template <typename Part>
using PartOf = Part (Type::*)(std::uint32_t) const noexcept;

template <typename Part>
std::vector<Part> list(const Type& type, bool has_parts, PartOf<Part> part) {
  std::vector<Part> out;
  if (!has_parts) return out;
  out.reserve(type.vlen());
  for (std::uint32_t i = 0; i < type.vlen(); ++i) out.push_back((type.*part)(i));
  return out;
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::void_:
      return "void";
    case Kind::int_:
      return "int";
    case Kind::ptr:
      return "ptr";
    case Kind::array:
      return "array";
    case Kind::struct_:
      return "struct";
    case Kind::union_:
      return "union";
    case Kind::enum_:
      return "enum";
    case Kind::fwd:
      return "fwd";
    case Kind::typedef_:
      return "typedef";
    case Kind::volatile_:
      return "volatile";
    case Kind::const_:
      return "const";
    case Kind::restrict_:
      return "restrict";
    case Kind::func:
      return "func";
    case Kind::func_proto:
      return "func_proto";
    case Kind::var:
      return "var";
    case Kind::datasec:
      return "datasec";
    case Kind::float_:
      return "float";
    case Kind::decl_tag:
      return "decl_tag";
    case Kind::type_tag:
      return "type_tag";
    case Kind::enum64:
      return "enum64";
  }
  return "unknown";
}

Kind Type::kind() const noexcept { return kind_of(word_at(record_, 1)); }
std::string_view Type::name() const noexcept { return data_->string(name_offset()); }
std::uint32_t Type::name_offset() const noexcept { return word_at(record_, 0); }
bool Type::kind_flag() const noexcept { return flag_of(word_at(record_, 1)); }

std::uint32_t Type::vlen() const noexcept {
  // A FUNC keeps its linkage there.
  return is(Kind::func) ? 0 : vlen_of(word_at(record_, 1));
}

bool Type::is_modifier() const noexcept {
  switch (kind()) {
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
      return true;
    default:
      return false;
  }
}

std::uint32_t Type::size() const noexcept { return has_size(kind()) ? word_at(record_, 2) : 0; }

TypeId Type::target() const noexcept {
  switch (kind()) {
    case Kind::array:
      return word_at(record_, header_words);
    case Kind::ptr:
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::func:
    case Kind::func_proto:
    case Kind::var:
    case Kind::decl_tag:
    case Kind::type_tag:
      return word_at(record_, 2);
    default:
      return 0;
  }
}

bool Type::is_signed() const noexcept {
  if (is_any_enum()) return kind_flag();
  return is(Kind::int_) && (word_at(record_, header_words) >> 24 & int_signed) != 0;
}
bool Type::is_char() const noexcept {
  return is(Kind::int_) && (word_at(record_, header_words) >> 24 & int_char) != 0;
}
bool Type::is_bool() const noexcept {
  return is(Kind::int_) && (word_at(record_, header_words) >> 24 & int_bool) != 0;
}
std::uint32_t Type::int_bits() const noexcept {
  return is(Kind::int_) ? word_at(record_, header_words) & 0xff : 0;
}
std::uint32_t Type::int_bit_offset() const noexcept {
  return is(Kind::int_) ? word_at(record_, header_words) >> 16 & 0xff : 0;
}

std::uint32_t Type::array_count() const noexcept {
  return is(Kind::array) ? word_at(record_, header_words + 2) : 0;
}
TypeId Type::array_index() const noexcept {
  return is(Kind::array) ? word_at(record_, header_words + 1) : 0;
}

Linkage Type::linkage() const noexcept {
  if (is(Kind::func)) return static_cast<Linkage>(vlen_of(word_at(record_, 1)));
  if (is(Kind::var)) return static_cast<Linkage>(word_at(record_, header_words));
  return Linkage::static_;
}

std::int32_t Type::component() const noexcept {
  return is(Kind::decl_tag) ? static_cast<std::int32_t>(word_at(record_, header_words)) : -1;
}

Member Type::member(std::uint32_t index) const noexcept {
  if (!is_composite() || index >= vlen()) return {};
  const std::uint32_t at = header_words + 3 * index;
  const std::uint32_t offset = word_at(record_, at + 2);
  Member member{data_->string(word_at(record_, at)), word_at(record_, at + 1), offset, 0};
  if (kind_flag()) {
    member.bit_size = offset >> 24;
    member.bit_offset = offset & 0xffffff;
  }
  return member;
}

Enumerator Type::enumerator(std::uint32_t index) const noexcept {
  if (!is_any_enum() || index >= vlen()) return {};
  if (is(Kind::enum64)) {
    const std::uint32_t at = header_words + 3 * index;
    return {data_->string(word_at(record_, at)),
            word_at(record_, at + 1) | std::uint64_t{word_at(record_, at + 2)} << 32};
  }
  const std::uint32_t at = header_words + 2 * index;
  const std::uint32_t value = word_at(record_, at + 1);
  const auto extended = static_cast<std::int64_t>(static_cast<std::int32_t>(value));
  return {data_->string(word_at(record_, at)),
          is_signed() ? static_cast<std::uint64_t>(extended) : value};
}

Parameter Type::parameter(std::uint32_t index) const noexcept {
  if (!is(Kind::func_proto) || index >= vlen()) return {};
  const std::uint32_t at = header_words + 2 * index;
  return {data_->string(word_at(record_, at)), word_at(record_, at + 1)};
}

SectionVariable Type::variable(std::uint32_t index) const noexcept {
  if (!is(Kind::datasec) || index >= vlen()) return {};
  const std::uint32_t at = header_words + 3 * index;
  return {word_at(record_, at), word_at(record_, at + 1), word_at(record_, at + 2)};
}

std::vector<Member> Type::members() const { return list(*this, is_composite(), &Type::member); }
std::vector<Enumerator> Type::enumerators() const {
  return list(*this, is_any_enum(), &Type::enumerator);
}
std::vector<Parameter> Type::parameters() const {
  return list(*this, is(Kind::func_proto), &Type::parameter);
}
std::vector<SectionVariable> Type::variables() const {
  return list(*this, is(Kind::datasec), &Type::variable);
}

}  // namespace skep::btf
