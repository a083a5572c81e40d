// kernel/link_info.hpp: what the kernel says of a bpf_link, by its type.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/link.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Errors: what the kernel says.
[[nodiscard]] Result<LinkInfo> read_link_info(Syscalls& sys, int fd);

}  // namespace skep::kernel
