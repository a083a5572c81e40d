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

// User space says where packets may go: devices, CPUs, sockets. The kernel lists sockets as their
// cookies, where a value has room for one.
[[nodiscard]] constexpr bool leads_elsewhere(const MapSpec& map) noexcept {
  switch (map.type) {
    case MapType::devmap:
    case MapType::devmap_hash:
    case MapType::cpumap:
      return true;
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::reuseport_sockarray:
      return map.value_size == 8;
    default:
      return false;
  }
}

}  // namespace skep::run
