// hook/xdp_netlink.hpp: XDP without a bpf_link (kernels before 5.9), by netlink.
#pragma once

#include <cstdint>

#include "hook/attach.hpp"
#include "hook/interface.hpp"

namespace skep::hook {

// `mode`: XDP_FLAGS_SKB_MODE and the like. Errors: busy when the interface has a program (code() is
// EBUSY or EEXIST); what the kernel says.
[[nodiscard]] Result<Link> attach_xdp_by_netlink(const Program& program, const Xdp& hook,
                                                 const Interface& interface, std::uint32_t mode,
                                                 kernel::Syscalls& sys);

// The id of the program that the interface has, by a link or without; 0: none.
[[nodiscard]] Result<std::uint32_t> xdp_program_of(kernel::Syscalls& sys,
                                                   const Interface& interface);

}  // namespace skep::hook
