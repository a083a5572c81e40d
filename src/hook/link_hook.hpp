// hook/link_hook.hpp: which hook a bpf_link hangs on, as far as the kernel tells.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/hook.hpp"
#include "skep/link.hpp"

namespace skep::hook {

// An interface is named by its index, which holds in its own network namespace.
[[nodiscard]] Hook hook_of(kernel::Syscalls& sys, const LinkInfo& info);

}  // namespace skep::hook
