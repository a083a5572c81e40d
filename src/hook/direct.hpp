// hook/direct.hpp: programs attached by BPF_PROG_ATTACH, where there is no bpf_link.
#pragma once

#include <string_view>

#include "hook/attach.hpp"

namespace skep::hook {

// What is attached so outlives every descriptor: the link takes it off by hand, and only what is
// ours.
struct Direct {
  Fd target;                      // a map, a cgroup, a device
  std::uint32_t attach_type = 0;  //
  std::uint32_t flags = 0;        // BPF_F_ALLOW_*
  // Whether the target takes one program only, which another would silently replace, and a detach
  // take off whoever it is: then it must be free, and ours. Kernels that do not tell are believed.
  bool is_exclusive = false;
  std::string_view nature;  // for refusals; a literal
};

// Errors: busy, naming the holder, when an exclusive target is taken; what the kernel says.
[[nodiscard]] Result<Link> attach_directly(const Program& program, Hook hook, Direct direct,
                                           kernel::Syscalls& sys);

}  // namespace skep::hook
