// kernel/map_set.hpp: all maps of an object.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kernel/map_pin.hpp"
#include "kernel/syscalls.hpp"
#include "object/struct_ops.hpp"
#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

struct MapSetOptions {
  int types_fd = -1;               // the object's BTF; -1 when the kernel has none
  std::filesystem::path pin_root;  // for maps that are pinned by their name
  std::span<const object::StructOpsMap> struct_ops;
  std::span<const Fd> modules;  // descriptors of Target::modules
};

// In the spec's order, each with what stands in it from the start, except programs: these come when
// they are loaded. A map that is pinned already is used as it is; one with autocreate off has no
// descriptor. `notes` as for create_map. Errors: those of create_map, open_pinned and Pins::pin.
[[nodiscard]] Result<std::vector<Map>> create_maps(Syscalls& sys, const ObjectSpec& spec,
                                                   const MapSetOptions& options, Pins& pins,
                                                   std::vector<std::string>& notes);

}  // namespace skep::kernel
