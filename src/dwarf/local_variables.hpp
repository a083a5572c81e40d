// dwarf/local_variables.hpp: the variables of a BPF object's functions, from the DWARF that clang
// writes beside BTF. Objects that are handed on are stripped of it as a rule; those that skep
// compiled itself have it.
#pragma once

#include <cstddef>
#include <span>

#include "btf/local_variable.hpp"
#include "skep/result.hpp"

namespace skep::dwarf {

// Structs of the kernel (declared in vmlinux.h) are left out: nobody sends them. None where the
// object has no DWARF. Errors: bad_input when it cannot be read.
[[nodiscard]] Result<btf::LocalVariables> read_local_variables(std::span<const std::byte> object);

}  // namespace skep::dwarf
