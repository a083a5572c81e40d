// kernel/private_mount.hpp: file systems of the kernel's that nobody has mounted.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// The root of a new mount of "tracefs" or "securityfs", in no namespace: nobody else sees it, and
// it goes with its descriptor (fsopen(2), fsconfig(2), fsmount(2): kernel 5.2).
[[nodiscard]] Result<Fd> mount_private(Syscalls& sys, const char* file_system);

}  // namespace skep::kernel
