// hook/perf.hpp: hooks that are perf events underneath.
#pragma once

#include "hook/attach.hpp"

struct perf_event_attr;

namespace skep::hook {

// Opens the event for process `pid` (-1: every one) and hangs the program on it: by a bpf_link, or
// by ioctl on kernels before 5.15, which have no cookies.
[[nodiscard]] Result<Link> attach_to_event(const Program& program, Hook hook, perf_event_attr event,
                                           int pid, std::uint64_t cookie, Host& host);

}  // namespace skep::hook
