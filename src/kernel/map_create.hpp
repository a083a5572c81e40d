// kernel/map_create.hpp: one map, from its spec.
#pragma once

#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

struct MapContext {
  int types_fd = -1;                  // the object's BTF; -1 when the kernel has none
  std::uint32_t cpus = 0;             // possible CPUs; 0 unless needs_cpus
  btf::TypeId kernel_value_type = 0;  // of a struct_ops map, in the kernel's types
  int module_types_fd = -1;           // or in those of this module
};

// Whether creating the map, or reading a value of it, takes the number of possible CPUs.
[[nodiscard]] bool needs_cpus(const MapSpec& spec) noexcept;

// The spec as the kernel wants it. A value type of a ring or perf buffer names the records' type
// for readers; the kernel's own value sizes for these are 0 and 4.
[[nodiscard]] MapSpec as_created(MapSpec spec, const MapContext& context);

// Takes a descriptor of a map that was created, by whomever, as `spec` (as_created) says.
[[nodiscard]] Map adopt_map(Syscalls& sys, Fd fd, MapSpec spec, const MapContext& context);

// Creates the map, empty, and the pattern of what a map of maps holds. `notes` takes one sentence
// for each thing that the kernel would not have and that was left out. Errors: as the kernel says.
[[nodiscard]] Result<Map> create_map(Syscalls& sys, const MapSpec& spec, const MapContext& context,
                                     std::vector<std::string>& notes);

}  // namespace skep::kernel
