// kernel/security.hpp: what of this process and of the machine's settings decides whether the
// kernel takes programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

// Each is nothing (or empty) where it could not be read.
struct Security {
  std::optional<std::uint64_t> capabilities;        // the effective ones (capabilities(7)), as bits
  std::optional<bool> in_user_namespace;            // in another than the initial one
  std::optional<int> seccomp;                       // 0: none, 1: strict, 2: filters (proc(5))
  std::optional<int> unprivileged_bpf;              // kernel.unprivileged_bpf_disabled: 0, 1 or 2
  std::string lockdown;                             // "none", "integrity", "confidentiality"
  std::optional<std::vector<std::string>> modules;  // active security modules, in order: "bpf"

  // An LSM program attaches without an error and never runs: none of the kernel's hooks calls it.
  [[nodiscard]] bool never_runs_lsm_programs() const noexcept;
  // The same of one program, as a sentence; nothing of one that runs, or may.
  [[nodiscard]] std::optional<std::string> why_never_run(std::string_view program,
                                                         ProgramType type) const;
};

// From /proc/thread-self/status, /proc/self/uid_map, /proc/sys/kernel and securityfs: the mounted
// one, else a private mount that nobody else sees (kernel 5.2, CAP_SYS_ADMIN).
[[nodiscard]] Security read_security(Syscalls& sys);

// Whether the kernel takes programs of this kind: yes (true), no with EPERM before the verifier
// looks at them (false), or could not tell. By doing: a program of two instructions, which is not
// bound to any function; the verifier, where one is reached, refuses it or takes it.
[[nodiscard]] std::optional<bool> takes_programs(Syscalls& sys, ProgramType type,
                                                 std::uint32_t attach_type);

}  // namespace skep::kernel
