#include "btf/encode.hpp"

#include "base/bytes.hpp"
#include "btf/data.hpp"

namespace skep::btf {
namespace {

constexpr std::uint16_t magic = 0xeb9f;

// BTF_INT_*, in the highest byte of an INT's word.
constexpr std::uint32_t int_signed = 1, int_char = 2, int_bool = 4;

std::uint32_t parts_of(const Definition& type) noexcept {
  switch (type.kind) {
    case Kind::struct_:
    case Kind::union_:
      return static_cast<std::uint32_t>(type.members.size());
    case Kind::enum_:
    case Kind::enum64:
      return static_cast<std::uint32_t>(type.enumerators.size());
    case Kind::func_proto:
      return static_cast<std::uint32_t>(type.parameters.size());
    case Kind::datasec:
      return static_cast<std::uint32_t>(type.variables.size());
    case Kind::func:
      return static_cast<std::uint32_t>(type.linkage);
    default:
      return 0;
  }
}

std::uint32_t info_of(const Definition& type) noexcept {
  const auto flag = type.kind_flag ? 1U << 31 : 0U;
  return flag | static_cast<std::uint32_t>(type.kind) << 24 | (parts_of(type) & 0xffff);
}

std::uint32_t encoding_of(const Definition& type) noexcept {
  const std::uint32_t flags = (type.is_signed ? int_signed : 0) | (type.is_char ? int_char : 0) |
                              (type.is_bool ? int_bool : 0);
  return flags << 24 | type.int_bit_offset << 16 | type.int_bits;
}

}  // namespace

Definition definition_of(const Type& type) {
  return {.kind = type.kind(),
          .name = type.name(),
          .kind_flag = type.kind_flag(),
          .size = type.size(),
          .target = type.target(),
          .is_signed = type.is_signed(),
          .is_char = type.is_char(),
          .is_bool = type.is_bool(),
          .int_bits = type.int_bits(),
          .int_bit_offset = type.int_bit_offset(),
          .array_count = type.array_count(),
          .array_index = type.array_index(),
          .linkage = type.linkage(),
          .component = type.component(),
          .members = type.members(),
          .enumerators = type.enumerators(),
          .parameters = type.parameters(),
          .variables = type.variables()};
}

Strings::Strings(std::string_view section) : section_(section) {
  for (std::size_t at = 0; at < section.size();) {
    const auto text = section.substr(at, section.find('\0', at) - at);
    offsets_.emplace(text, static_cast<std::uint32_t>(at));
    at += text.size() + 1;
  }
}

std::uint32_t Strings::offset_of(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto found = offsets_.find(text); found != offsets_.end()) return found->second;
  const auto offset = static_cast<std::uint32_t>(section_.size());
  offsets_.emplace(text, offset);
  section_.append(text).push_back('\0');
  return offset;
}

void Encoder::word(std::uint32_t value) { append_bytes(types_, value); }

TypeId Encoder::add(const Definition& definition) {
  word(strings_.offset_of(definition.name));
  word(info_of(definition));
  if (has_size(definition.kind)) {
    word(definition.size);
  } else {
    word(definition.kind == Kind::array ? 0 : definition.target);
  }
  add_parts(definition);
  return next_++;
}

void Encoder::add_parts(const Definition& definition) {
  switch (definition.kind) {
    case Kind::int_:
      return word(encoding_of(definition));
    case Kind::array:
      word(definition.target);
      word(definition.array_index);
      return word(definition.array_count);
    case Kind::struct_:
    case Kind::union_:
      for (const auto& member : definition.members) {
        word(strings_.offset_of(member.name));
        word(member.type);
        word(definition.kind_flag ? member.bit_size << 24 | member.bit_offset : member.bit_offset);
      }
      return;
    case Kind::enum_:
    case Kind::enum64:
      for (const auto& one : definition.enumerators) {
        word(strings_.offset_of(one.name));
        word(static_cast<std::uint32_t>(one.value));
        if (definition.kind == Kind::enum64) word(static_cast<std::uint32_t>(one.value >> 32));
      }
      return;
    case Kind::func_proto:
      for (const auto& parameter : definition.parameters) {
        word(strings_.offset_of(parameter.name));
        word(parameter.type);
      }
      return;
    case Kind::var:
      return word(static_cast<std::uint32_t>(definition.linkage));
    case Kind::datasec:
      for (const auto& variable : definition.variables) {
        word(variable.type);
        word(variable.offset);
        word(variable.size);
      }
      return;
    case Kind::decl_tag:
      return word(static_cast<std::uint32_t>(definition.component));
    default:
      return;
  }
}

std::vector<std::byte> Encoder::build() const {
  const auto& strings = strings_.section();
  const auto types_size = static_cast<std::uint32_t>(types_.size());
  std::vector<std::byte> out;
  append_bytes(out, magic);
  append_bytes(out, std::uint8_t{1});    // version
  append_bytes(out, std::uint8_t{0});    // flags
  append_bytes(out, std::uint32_t{24});  // length of the header
  append_bytes(out, std::uint32_t{0});   // where the types are, counted from its end
  append_bytes(out, types_size);
  append_bytes(out, types_size);  // where the strings are
  append_bytes(out, static_cast<std::uint32_t>(strings.size()));
  out.insert(out.end(), types_.begin(), types_.end());
  const auto text = std::as_bytes(std::span(strings));
  out.insert(out.end(), text.begin(), text.end());
  return out;
}

}  // namespace skep::btf
