#include "dwarf/types.hpp"

#include <dwarf.h>

namespace skep::dwarf {
namespace {

constexpr int most_depth = 32;  // types in types

std::string_view name_of(Dwarf_Die* die) {
  const char* name = dwarf_diename(die);
  return name == nullptr ? std::string_view() : name;
}

std::optional<std::uint64_t> number(Dwarf_Die* die, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr(die, attribute, &found), &value) != 0) return std::nullopt;
  return value;
}

std::uint32_t size_of(Dwarf_Die* die) {
  const int size = dwarf_bytesize(die);
  return size < 0 ? 0 : static_cast<std::uint32_t>(size);
}

// Of an array: outermost first; 0 where none is said (a flexible one).
std::vector<std::uint32_t> counts_of(Dwarf_Die* array) {
  std::vector<std::uint32_t> out;
  Dwarf_Die child;
  if (dwarf_child(array, &child) != 0) return out;
  do {
    if (dwarf_tag(&child) != DW_TAG_subrange_type) continue;
    std::uint64_t count = number(&child, DW_AT_count).value_or(0);
    if (const auto last = number(&child, DW_AT_upper_bound)) count = *last + 1;
    out.push_back(static_cast<std::uint32_t>(count));
  } while (dwarf_siblingof(&child, &child) == 0);
  return out;
}

}  // namespace

std::optional<btf::TypeId> Types::add(Dwarf_Die* die) { return add(die, 0); }

Result<Btf> Types::build() const { return Btf::parse(encoder_.build()); }

std::optional<btf::TypeId> Types::add(Dwarf_Die* die, int depth) {
  if (depth > most_depth) return std::nullopt;
  // Nothing for now, so that a round ends.
  const auto [place, is_new] = known_.try_emplace(dwarf_dieoffset(die));
  if (!is_new) return place->second;
  const auto add_it = [&]() -> std::optional<btf::TypeId> {
    switch (dwarf_tag(die)) {
      case DW_TAG_base_type:
        return add_base(die);
      case DW_TAG_pointer_type:
        return encoder_.add({.kind = btf::Kind::ptr});
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
        return add_composite(die, depth);
      case DW_TAG_array_type:
        return add_array(die, depth);
      case DW_TAG_enumeration_type:
        return add_enum(die);
      case DW_TAG_typedef:
        return add_modifier(die, btf::Kind::typedef_, depth);
      case DW_TAG_const_type:
        return add_modifier(die, btf::Kind::const_, depth);
      case DW_TAG_volatile_type:
        return add_modifier(die, btf::Kind::volatile_, depth);
      default:
        return std::nullopt;
    }
  };
  return place->second = add_it();
}

std::optional<btf::TypeId> Types::add_base(Dwarf_Die* die) {
  const auto encoding = number(die, DW_AT_encoding).value_or(0);
  const std::uint32_t size = size_of(die);
  if (encoding == DW_ATE_float) {
    return encoder_.add({.kind = btf::Kind::float_, .name = name_of(die), .size = size});
  }
  // As clang writes BTF: a character is known by its name.
  return encoder_.add({.kind = btf::Kind::int_,
                       .name = name_of(die),
                       .size = size,
                       .is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char,
                       .is_bool = encoding == DW_ATE_boolean,
                       .int_bits = size * 8});
}

std::optional<btf::TypeId> Types::target_of(Dwarf_Die* die, int depth) {
  Dwarf_Attribute attribute;
  Dwarf_Die target;
  if (dwarf_formref_die(dwarf_attr(die, DW_AT_type, &attribute), &target) == nullptr) {
    return std::nullopt;
  }
  return add(&target, depth + 1);
}

std::optional<btf::TypeId> Types::add_modifier(Dwarf_Die* die, btf::Kind kind, int depth) {
  const auto target = target_of(die, depth);
  if (!target) return std::nullopt;
  const std::string_view name = kind == btf::Kind::typedef_ ? name_of(die) : std::string_view();
  return encoder_.add({.kind = kind, .name = name, .target = *target});
}

btf::TypeId Types::index_type() {
  if (index_ == 0) {
    index_ = encoder_.add({.kind = btf::Kind::int_, .name = "__u32", .size = 4, .int_bits = 32});
  }
  return index_;
}

std::optional<btf::TypeId> Types::add_array(Dwarf_Die* die, int depth) {
  auto element = target_of(die, depth);
  const auto counts = counts_of(die);
  if (!element || counts.empty()) return std::nullopt;
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    element = encoder_.add({.kind = btf::Kind::array,
                            .target = *element,
                            .array_count = *count,
                            .array_index = index_type()});
  }
  return element;
}

std::optional<btf::TypeId> Types::add_enum(Dwarf_Die* die) {
  btf::Definition out{.kind = btf::Kind::enum_, .name = name_of(die), .size = size_of(die)};
  Dwarf_Die child;
  bool is_wide = out.size == 8;
  for (int more = dwarf_child(die, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
    Dwarf_Attribute attribute;
    Dwarf_Sword value = 0;
    if (dwarf_formsdata(dwarf_attr(&child, DW_AT_const_value, &attribute), &value) != 0) continue;
    out.kind_flag = out.kind_flag || value < 0;
    out.enumerators.push_back({name_of(&child), static_cast<std::uint64_t>(value)});
  }
  if (is_wide) out.kind = btf::Kind::enum64;
  return encoder_.add(out);
}

std::optional<btf::TypeId> Types::add_composite(Dwarf_Die* die, int depth) {
  const bool is_struct = dwarf_tag(die) == DW_TAG_structure_type;
  btf::Definition out{.kind = is_struct ? btf::Kind::struct_ : btf::Kind::union_,
                      .name = name_of(die),
                      .size = size_of(die)};
  Dwarf_Die child;
  for (int more = dwarf_child(die, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
    if (dwarf_tag(&child) != DW_TAG_member) continue;
    const auto type = target_of(&child, depth);
    if (!type) return std::nullopt;
    btf::Member member{.name = name_of(&child), .type = *type};
    const auto byte = number(&child, DW_AT_data_member_location).value_or(0);
    member.bit_offset = static_cast<std::uint32_t>(byte * 8);
    if (const auto bits = number(&child, DW_AT_bit_size)) {
      member.bit_size = static_cast<std::uint32_t>(*bits);
      member.bit_offset +=
          static_cast<std::uint32_t>(number(&child, DW_AT_data_bit_offset).value_or(0));
      out.kind_flag = true;
    }
    out.members.push_back(member);
  }
  return encoder_.add(out);
}

}  // namespace skep::dwarf
