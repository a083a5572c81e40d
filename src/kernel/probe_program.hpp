// kernel/probe_program.hpp: a program of a few instructions, loaded to see what the kernel says.
#pragma once

#include <cstdint>
#include <span>

#include "kernel/syscalls.hpp"
#include "skep/insn.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

// BPF_PROG_LOAD of the instructions under a GPL license: a descriptor, which is the caller's, or a
// negative errno.
[[nodiscard]] long load_probe(Syscalls& sys, ProgramType type, std::uint32_t attach_type,
                              std::span<const Insn> code);

}  // namespace skep::kernel
