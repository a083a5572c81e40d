#include "explain/permission.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "object/attach_type.hpp"

namespace skep::explain {
namespace {

using object::AttachType;

// include/uapi/linux/capability.h
constexpr unsigned cap_net_admin = 12, cap_sys_admin = 21, cap_perfmon = 38, cap_bpf = 39;

bool has(const kernel::Security& security, unsigned capability) {
  return (security.capabilities.value_or(0) >> capability & 1) != 0;
}

std::vector<std::string> missing_capabilities(const kernel::Security& security) {
  std::vector<std::string> out;
  const bool is_admin = has(security, cap_sys_admin);  // stands for the first two
  if (!is_admin && !has(security, cap_bpf)) out.emplace_back("CAP_BPF");
  if (!is_admin && !has(security, cap_perfmon)) out.emplace_back("CAP_PERFMON (tracing)");
  if (!has(security, cap_net_admin)) out.emplace_back("CAP_NET_ADMIN (networking)");
  return out;
}

// A program that is not refused for its author's rights.
bool is_refused_as_such(const kernel::Security& security, const Facts& facts) {
  return !security.in_user_namespace.value_or(false) && missing_capabilities(security).empty() &&
         facts.takes_kind == false && facts.takes_any == true;
}

struct Kind {
  std::string_view name;
  std::string_view instead;
};

Kind kind_of(const Attempt& attempt) {
  constexpr std::string_view watch =
      "Watch by a tracepoint or a raw tracepoint (tp_btf, raw_tp), or by a kprobe where the kernel "
      "has them.";
  switch (static_cast<AttachType>(attempt.attach_type)) {
    case AttachType::trace_fentry:
      return {"fentry", watch};
    case AttachType::trace_fexit:
      return {"fexit", watch};
    case AttachType::trace_fsession:
      return {"fsession", watch};
    case AttachType::modify_return:
      return {"fmod_ret",
              "No other hook changes what a kernel function returns; cgroup hooks can refuse "
              "sockets, devices and sysctls."};
    case AttachType::lsm_mac:
    case AttachType::lsm_cgroup:
      return {"LSM",
              "Cgroup hooks can refuse sockets (connect, bind, sendmsg), devices and sysctls; to "
              "watch, take a tracepoint."};
    default:
      break;
  }
  if (attempt.type == ProgramType::ext) {
    return {"freplace", "Reach the other program's code by a tail call (a prog_array map)."};
  }
  return {name_of(attempt.type), "Another kind of hook may work."};
}

std::string tell_refused_kind(const Attempt& attempt) {
  const auto kind = kind_of(attempt);
  return fmt::format(
      "This kernel refuses every program of this kind ({}), before its verifier looks at it: one "
      "of "
      "two instructions was refused, too. It is no right that this process lacks, and nothing in "
      "the program changes it. {}",
      kind.name, kind.instead);
}

void add_capabilities(const Attempt* attempt, const Facts& facts, std::vector<std::string>& out) {
  const auto& security = facts.security;
  const auto missing = missing_capabilities(security);
  if (missing.empty()) return;
  // What it takes was said by who tried (kernel/capability.hpp), or has to be said here.
  out.push_back(
      attempt != nullptr || facts.names_capabilities
          ? "Run it as root, with sudo; or give it the capabilities that it lacks."
          : fmt::format("This process lacks {}: run it as root, with sudo.", enumerate(missing)));
  const int setting = security.unprivileged_bpf.value_or(0);
  if (setting != 0 && !has(security, cap_bpf) && !has(security, cap_sys_admin)) {
    out.push_back(fmt::format(
        "kernel.unprivileged_bpf_disabled is {}: without CAP_BPF no program is taken at all.",
        setting));
  }
}

}  // namespace

std::string tell_seccomp() {
  return "A seccomp filter is in force (Seccomp: 2 in /proc/self/status), as in containers and "
         "hardened services: it may refuse bpf(2) or perf_event_open(2) whatever the capabilities; "
         "the container's or unit's profile has to allow them.";
}

std::string tell_lockdown(std::string_view mode) {
  const auto what =
      mode == "confidentiality"
          ? "kprobes, perf events, tracefs (it is empty), bpf_probe_read_kernel() and "
            "bpf_probe_write_user()"
          : "bpf_probe_write_user() and much of debugfs";
  return fmt::format("The kernel is locked down ({}), which forbids {}: see kernel_lockdown(7).",
                     mode, what);
}

std::vector<std::string> explain_permission(const Attempt* attempt, const Facts& facts) {
  const auto& security = facts.security;
  std::vector<std::string> out;
  if (attempt != nullptr && is_refused_as_such(security, facts)) {
    return {tell_refused_kind(*attempt)};
  }
  add_capabilities(attempt, facts, out);
  if (security.in_user_namespace == true) {
    out.emplace_back(
        "It runs in a user namespace (a rootless container?): capabilities there do not count for "
        "bpf(2), unless a BPF token delegates it (kernel 6.9), which skep does not use. Run it "
        "outside.");
  }
  if (security.seccomp == 2 && facts.takes_any != true) out.push_back(tell_seccomp());
  if (security.lockdown == "integrity" || security.lockdown == "confidentiality") {
    out.push_back(tell_lockdown(security.lockdown));
  }
  if (out.empty()) {
    out.emplace_back(
        "This process has the capabilities: the kernel itself (its build or a security module) "
        "refuses this kind of program or hook. Another kind of hook may work.");
  }
  return out;
}

}  // namespace skep::explain
