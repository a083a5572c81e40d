// kernel/map_fill.hpp: what stands in a map before the program runs.
#pragma once

#include <span>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// The value of a data section, which is then frozen where the program only reads it: the verifier
// takes its values as constants.
[[nodiscard]] Result<void> write_section(Syscalls& sys, const Map& map);

// The initial slots of a map of maps. True when all of them could be filled: false when a target is
// not among `maps` (in the order of ObjectSpec::maps) yet.
[[nodiscard]] Result<bool> fill_map_slots(const Map& map, std::span<const Map> maps);

// The initial slots of a map of programs.
[[nodiscard]] Result<void> fill_program_slots(const Map& map, const ObjectSpec& spec,
                                              std::span<const Program> loaded);

}  // namespace skep::kernel
