// object/map_definition.hpp: what a BTF-defined map says of itself.
//
//   struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); … } NAME SEC(".maps");
//
// An integer is the length of an array that a member points to (__uint) or the value of an
// enumerator (__ulong); a type is what a member points to (bpf_helpers.h).
#pragma once

#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// Fills everything of `map` that its definition, a struct, says. Errors: bad_input for a definition
// that contradicts itself; unsupported for an attribute that nobody knows, naming it.
[[nodiscard]] Result<void> read_map_definition(const Btf& types, const btf::Type& definition,
                                               MapSpec& map);

[[nodiscard]] constexpr bool is_map_of_maps(MapType type) noexcept {
  return type == MapType::array_of_maps || type == MapType::hash_of_maps;
}

}  // namespace skep::object
