// hook/holder.hpp: who has the place that we wanted.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/syscalls.hpp"

namespace skep::hook {

// What completes "An interface takes one XDP program": ": that is 'drop' (id 42, tag …)." as far as
// the kernel tells, else where to look.
[[nodiscard]] std::string holder_of_xdp(kernel::Syscalls& sys, std::uint32_t index);

}  // namespace skep::hook
