// oracle/guard.hpp: that nothing of a recording reaches the kernel's bpf(2).
#pragma once

namespace oracle {

// From here on bpf(2) kills the process: a call that went around the recorder would be a silent
// hole in the comparison. False, with the reason on stderr, where the kernel cannot promise it.
[[nodiscard]] bool forbid_bpf();

}  // namespace oracle
