// kernel/descriptor.hpp: descriptors that the kernel just made.
#pragma once

#include "skep/fd.hpp"

namespace skep::kernel {

// Takes a descriptor that a system call returned (>= 0). In attributes of bpf(2) descriptor 0 means
// "none", so that one below 3 (a process that closed its standard streams gets such) is moved up.
[[nodiscard]] Fd adopt(long descriptor) noexcept;

}  // namespace skep::kernel
