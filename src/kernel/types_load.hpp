// kernel/types_load.hpp: an object's BTF, given to the kernel.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Errors: what the kernel says; report() holds its log.
[[nodiscard]] Result<Fd> load_types(Syscalls& sys, const Btf& types);

}  // namespace skep::kernel
