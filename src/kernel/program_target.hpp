// kernel/program_target.hpp: programs that hang on another BPF program (freplace; fentry, fexit and
// fmod_ret of one).
#pragma once

#include <string_view>

#include "kernel/syscalls.hpp"
#include "object/link.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Marks the programs that have a target, so that none is looked for in the kernel. Errors:
// not_found for a name that no program has; invalid_argument for a program of another type.
[[nodiscard]] Result<void> mark_targets(ObjectSpec& spec, const ProgramTargets& targets);

// Finds the function in the types of the target. A program without a target stays as it is, but for
// freplace, which needs one. Errors: invalid_argument without a target or function; not_found, with
// the functions that there are; unsupported when the target was loaded without BTF.
[[nodiscard]] Result<void> find_target(Syscalls& sys, const ProgramSpec& spec,
                                       const ProgramTargets& targets,
                                       object::LinkedProgram& program);

}  // namespace skep::kernel
