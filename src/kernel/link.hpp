// kernel/link.hpp: the bpf(2) commands that hang a loaded program on a hook. What the hook is, and
// how to find it, is hook/'s business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

// Registers a struct_ops map with BPF_F_LINK whose value was written. Kernel 6.4.
[[nodiscard]] Result<Fd> create_struct_ops_link(Syscalls& sys, int map);

// Takes out a struct_ops map that writing registered; its value is gone with that.
Result<void> unregister_struct_ops(Syscalls& sys, int map);
// What an iterator's link writes, as a descriptor to read(2) to its end. Kernel 5.8.
[[nodiscard]] Result<Fd> create_iterator(Syscalls& sys, int link);

// BPF_PROG_ATTACH and BPF_PROG_DETACH: for hooks without a link on this kernel. `target` is a
// descriptor (a map, a cgroup). What is attached so outlives every descriptor.
[[nodiscard]] Result<void> attach_program(Syscalls& sys, int program, int target,
                                          std::uint32_t attach_type, std::uint32_t flags = 0);
// Puts `program` on the link, in one step, if the link holds `expected`. Kernel 5.7. Both are
// programs, or both struct_ops maps (6.4). Errors: what the kernel says; EPERM when it holds
// another.
[[nodiscard]] Result<void> update_link(Syscalls& sys, int link, int program, int expected);
// Takes the program off its hook, whoever else has a descriptor or a pin of the link: that is
// without effect from then on. Kernel 5.9; EOPNOTSUPP for hooks where the kernel cannot.
[[nodiscard]] Result<void> detach_link(Syscalls& sys, int link);

// Programs that hang on a target (a descriptor, or an interface's index) without or with links,
// in the order in which they run; 64 at most. Errors: what the kernel says.
[[nodiscard]] Result<std::vector<std::uint32_t>> query_programs(Syscalls& sys, int target,
                                                                std::uint32_t attach_type,
                                                                std::uint32_t flags = 0);

// Takes it off, if it is there. Errors: busy when the target holds another program by now, which
// stays.
[[nodiscard]] Result<void> detach_program(Syscalls& sys, int program, int target,
                                          std::uint32_t attach_type);

}  // namespace skep::kernel
