// tools/actions.hpp: what a process of a workload does.
#pragma once

#include <functional>

#include "tools/case.hpp"
#include "tools/stage.hpp"

namespace skep::test {

// Everything that needs memory, files or names is prepared now, in the runner; the function then
// makes, in the new process, no system call but those that the step names.
//
//   run: [ARGV…], or {argv: [ARGV…], path: PATH, call: execve|execveat, thread: true,
//        no_argv: true, cold: true}
//     Another path than argv[0]; from another thread than the first; with a null pointer as argv;
//     with the path in a page that this process has never touched. Status 127 when it fails.
//   shell: TEXT
//   open: {path: PATH, flags: O_A|O_B or a number, mode: 0644, call: openat|open|creat|openat2,
//        cold: true, wild: true}
//     `wild`: a path at an address where there is nothing.
//   exit: {code: N, signal: NAME or number, core: true, threads: N, way: WAY}
//     `threads` more threads. WAY is
//       leader       the first thread calls exit_group(code)
//       other        another thread does
//       leader_first the first thread ends with code + 1; the other then ends with code
//       together     all threads end at once, each with code
//     A signal is sent by the process to itself (to another thread when way is "other").
[[nodiscard]] std::function<void()> make_action(const Step& step, const Stage& stage,
                                                const Names& names);

}  // namespace skep::test
