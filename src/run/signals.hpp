// run/signals.hpp: what ends a session.
#pragma once

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::run {

// SIGINT and SIGTERM as a descriptor. SIGPIPE and SIGXFSZ are ignored: write(2) says EPIPE, EFBIG.
[[nodiscard]] Result<Fd> take_over_signals();

// Once the end has begun, a second Ctrl-C ends at once: nothing is pinned, so the kernel cleans up.
// True when a signal had come.
bool give_back_signals(const Fd& fd);

}  // namespace skep::run
