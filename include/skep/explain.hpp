// skep/explain.hpp: why the kernel refuses, as far as the machine tells.
#pragma once

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

// Which programs of the object the kernel will load and attach without an error and never run, one
// sentence each: LSM programs where `bpf` is not among the security modules
// (/sys/kernel/security/lsm). Empty when that cannot be read.
[[nodiscard]] std::vector<std::string> foresee(const ObjectSpec& spec);

}  // namespace skep
#pragma GCC visibility pop
