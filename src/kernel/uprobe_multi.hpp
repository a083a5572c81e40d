// kernel/uprobe_multi.hpp: whether the kernel has links that hold many uprobes.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// By doing: links that must be refused, each for its own reason, where they are known (kernel 6.6).
// False also for the first kernels that had them: there a process filter let one thread through
// only (fixed in 6.10 and in the stable 6.6). Errors: when not even a program can be loaded.
[[nodiscard]] Result<bool> has_uprobe_multi(Syscalls& sys);

}  // namespace skep::kernel
