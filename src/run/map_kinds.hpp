// run/map_kinds.hpp: what types of maps have in common.
#pragma once

#include "skep/spec.hpp"

namespace skep::run {

// Every index has an entry, from the beginning on.
[[nodiscard]] constexpr bool is_array(MapType type) noexcept {
  return type == MapType::array || type == MapType::percpu_array;
}

// An entry has a value for each CPU.
[[nodiscard]] constexpr bool is_per_cpu(MapType type) noexcept {
  return type == MapType::percpu_array || type == MapType::percpu_hash ||
         type == MapType::lru_percpu_hash;
}

}  // namespace skep::run
