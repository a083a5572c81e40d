// kernel/types_index.hpp: the kernel's types with their index, which lies in the cache.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "kernel/syscalls.hpp"
#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Parses the running kernel's BTF with the help of its index (btf/index.hpp): the one in the cache,
// when it was made since the machine was started, or else a new one, which is put there. A cache
// that cannot be used costs time, not the result. Errors: bad_input, as Btf::parse.
[[nodiscard]] Result<Btf> parse_kernel_types(Syscalls& sys, Bytes types,
                                             std::shared_ptr<const void> owner);

}  // namespace skep::kernel
