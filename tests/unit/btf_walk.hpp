// Asks a parsed set of types everything that can be asked: hostile input must give answers or
// errors, never a crash, a hang or a flood.
#pragma once

#include <cstddef>

#include "btf/print.hpp"
#include "skep/btf.hpp"

namespace skep::test {

inline std::size_t walk_parts(const btf::Type& type) {
  std::size_t sum = type.name().size() + type.size() + type.target();
  for (const auto& member : type.members()) sum += member.name.size() + member.bit_offset;
  for (const auto& one : type.enumerators()) sum += one.name.size() + one.value;
  for (const auto& parameter : type.parameters()) sum += parameter.name.size() + parameter.type;
  for (const auto& variable : type.variables()) sum += variable.offset + variable.size;
  sum += type.int_bits() + type.array_count() + type.array_index();
  return sum + static_cast<std::size_t>(type.linkage()) + (type.is_signed() ? 1U : 0U);
}

inline std::size_t walk(const Btf& types) {
  std::size_t sum = types.bytes().size();
  for (btf::TypeId id = 0; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    sum += walk_parts(type) + types.strip(id).id() + types.strip_qualifiers(id).id();
    sum += types.size_of(id).value_or(0) + types.align_of(id).value_or(0);
    sum += types.c_name(id).size();
    if (const auto text = btf::print_type(types, id)) sum += text->size();
    sum += types.find(type.name(), type.kind()).has_value() ? 1U : 0U;
  }
  if (const auto text = btf::print_header(types)) sum += text->size();
  return sum;
}

}  // namespace skep::test
