// kernel/map_fill.hpp: what stands in a map before the program runs.
#pragma once

#include <span>

#include "kernel/syscalls.hpp"
#include "object/struct_ops.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// The value of a data section, which is then frozen where the program only reads it: the verifier
// takes its values as constants.
[[nodiscard]] Result<void> write_section(Syscalls& sys, const Map& map);

// Maps a new arena, which gives it its addresses (map_extra where the object says so, else what the
// kernel chooses), and writes the variables that begin it.
[[nodiscard]] Result<void> map_arena(Syscalls& sys, Map& map);

// The initial slots of a map of maps. True when all of them could be filled: false when a target is
// not among `maps` (in the order of ObjectSpec::maps) yet.
[[nodiscard]] Result<bool> fill_map_slots(const Map& map, std::span<const Map> maps);

// The initial slots of a map of programs.
[[nodiscard]] Result<void> fill_program_slots(const Map& map, const ObjectSpec& spec,
                                              std::span<const Program> loaded);

// The functions of a struct_ops map, as descriptors in the value that Map::attach registers.
// `loaded` are the programs by index into ObjectSpec::programs; -1 for one that was not loaded.
[[nodiscard]] Result<void> fill_struct_ops(Map& map, const object::StructOpsMap& table,
                                           std::span<const int> loaded);

}  // namespace skep::kernel
