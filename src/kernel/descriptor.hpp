// kernel/descriptor.hpp: descriptors that the kernel just made.
#pragma once

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Takes a descriptor that a system call returned (>= 0). In attributes of bpf(2) descriptor 0 means
// "none", so that one below 3 (a process that closed its standard streams gets such) is moved up.
[[nodiscard]] Fd adopt(long descriptor) noexcept;

// Another descriptor of the same thing. Errors: limit.
[[nodiscard]] Result<Fd> duplicate(int fd);

}  // namespace skep::kernel
