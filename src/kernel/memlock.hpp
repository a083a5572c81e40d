// kernel/memlock.hpp: RLIMIT_MEMLOCK, which kernels before 5.11 charge maps and programs to.
#pragma once

#include "kernel/syscalls.hpp"

namespace skep::kernel {

// After bpf(2) said EPERM: raises the limit where this kernel charges to it. True when it did, so
// that the refused call is worth repeating; a refusal is no error by itself.
[[nodiscard]] bool raise_memlock_where_charged(Syscalls& sys);

// Calls again, once, where the limit on locked memory was the reason for EPERM.
template <typename Call>
long with_memlock(Syscalls& sys, Call&& call) {
  const long result = call();
  if (result != -1 /* EPERM */ || !raise_memlock_where_charged(sys)) return result;
  return call();
}

}  // namespace skep::kernel
