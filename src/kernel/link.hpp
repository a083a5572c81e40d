// kernel/link.hpp: the bpf(2) commands that hang a loaded program on a hook. What the hook is, and
// how to find it, is hook/'s business.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// A bpf_link between a program and a perf event; it holds the event by itself. Kernel 5.15; an
// older one says EINVAL.
[[nodiscard]] Result<Fd> create_perf_link(Syscalls& sys, int program, int event,
                                          std::uint64_t cookie);

// A bpf_link on a raw tracepoint. An empty name: the program was bound to its tracepoint at load
// (a BTF tracepoint).
[[nodiscard]] Result<Fd> open_raw_tracepoint(Syscalls& sys, int program, const std::string& name);

}  // namespace skep::kernel
