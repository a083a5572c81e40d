// kernel/map_create.hpp: one map, from its spec.
#pragma once

#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

struct MapContext {
  int types_fd = -1;       // the object's BTF; -1 when the kernel has none
  std::uint32_t cpus = 0;  // possible CPUs; 0 unless needs_cpus
};

// Whether creating the map, or reading a value of it, takes the number of possible CPUs.
[[nodiscard]] bool needs_cpus(const MapSpec& spec) noexcept;

// Creates the map, empty, and the pattern of what a map of maps holds. `notes` takes one sentence
// for each thing that the kernel would not have and that was left out. Errors: as the kernel says.
[[nodiscard]] Result<Map> create_map(Syscalls& sys, const MapSpec& spec, const MapContext& context,
                                     std::vector<std::string>& notes);

}  // namespace skep::kernel
