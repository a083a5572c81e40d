// skep/explain.hpp: why the kernel refuses, as far as the machine tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skep/result.hpp"
#include "skep/spec.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Why a load or an attach may have failed, beyond what the error says itself: one sentence a cause,
// the likeliest first; empty when nothing speaks for one. It looks at this process (capabilities,
// user namespace, seccomp), at the machine's settings (lockdown, unprivileged_bpf_disabled), at
// what the kernel says of its functions (/proc/kallsyms, available_filter_functions,
// kprobes/blacklist, BTF) and of its configuration, and tries a small program of the same kind.
// That takes up to some tenths of a second: it is for people, after a failure.
[[nodiscard]] std::vector<std::string> why_refused(const Error& error);

// A verifier log in short.
struct Rejection {
  std::string cause;    // the verifier's own last word: "R1 type=fp expected=map_ptr"
  std::string meaning;  // the same in the author's words, where we know it; else empty
  std::string advice;   // what to do about it, where we know it
  std::string file;     // of the failing line; empty when the object has no line info
  std::uint32_t line = 0;
  std::string source;                        // that line's text; of an assembled program: the
                                             // instruction's, with the names of maps and labels
  std::optional<std::uint32_t> instruction;  // its number in the program, subprograms behind it
};

// What the verifier refused, and at which line: of the source that was compiled, or of the C++ that
// assembled the program. `spec` is the object that was refused: kernels before 6.9 print a source
// line without file and number, which its line info supplies. All is empty unless error.kind() is
// rejected.
[[nodiscard]] Rejection why_rejected(const Error& error, const ObjectSpec* spec = nullptr);

// Which programs of the object the kernel will load and attach without an error and never run, one
// sentence each: LSM programs where `bpf` is not among the security modules
// (/sys/kernel/security/lsm). Empty when that cannot be read.
[[nodiscard]] std::vector<std::string> foresee(const ObjectSpec& spec);

}  // namespace skep
#pragma GCC visibility pop
