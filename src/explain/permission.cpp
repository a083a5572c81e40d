#include "explain/permission.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/file.hpp"
#include "base/text.hpp"

namespace skep::explain {
namespace {

// include/uapi/linux/capability.h
constexpr int cap_net_admin = 12, cap_sys_admin = 21, cap_perfmon = 38, cap_bpf = 39;

bool has(const Privileges& privileges, int capability) {
  return (privileges.effective >> capability & 1) != 0;
}

std::uint64_t effective_capabilities() {
  const auto status = read_text("/proc/self/status");
  const auto at = status ? status->find("CapEff:") : std::string::npos;
  if (at == std::string::npos) return 0;
  const auto digits = status->find_first_not_of(" \t", at + 7);
  std::uint64_t bits = 0;
  std::from_chars(status->data() + digits, status->data() + status->size(), bits, 16);
  return bits;
}

// The initial namespace maps every id to itself (user_namespaces(7)).
bool in_user_namespace() {
  const auto map = read_text("/proc/self/uid_map");
  if (!map) return false;
  std::string squeezed;
  for (const char c : *map) {
    if (c != ' ' || (!squeezed.empty() && squeezed.back() != ' ')) squeezed += c;
  }
  return squeezed != "0 0 4294967295\n";
}

// "none [integrity] confidentiality": the one in brackets holds (kernel_lockdown(7)).
std::string lockdown_mode() {
  const auto text = read_text("/sys/kernel/security/lockdown");
  if (!text) return {};
  const auto open = text->find('['), close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return text->substr(open + 1, close - open - 1);
}

}  // namespace

Privileges read_privileges() {
  return {effective_capabilities(), in_user_namespace(), lockdown_mode()};
}

std::vector<std::string> explain_permission(const Privileges& privileges) {
  std::vector<std::string> out;
  std::vector<std::string> missing;
  if (!has(privileges, cap_sys_admin)) {
    if (!has(privileges, cap_bpf)) missing.emplace_back("CAP_BPF");
    if (!has(privileges, cap_perfmon)) missing.emplace_back("CAP_PERFMON (tracing)");
    if (!has(privileges, cap_net_admin)) missing.emplace_back("CAP_NET_ADMIN (networking)");
  }
  if (!missing.empty()) {
    out.push_back(
        fmt::format("This process lacks {}: run it as root, with sudo.", enumerate(missing)));
  }
  if (privileges.in_user_namespace) {
    out.emplace_back(
        "It runs in a user namespace (a rootless container?): capabilities there do not count for "
        "bpf(2).");
  }
  if (privileges.lockdown == "integrity" || privileges.lockdown == "confidentiality") {
    out.push_back(fmt::format(
        "The kernel is locked down ({}), which forbids some of what programs may do: see "
        "kernel_lockdown(7).",
        privileges.lockdown));
  }
  if (out.empty()) {
    out.emplace_back(
        "This process has the capabilities: the kernel itself (its build or a security module) "
        "refuses this kind of program or hook. Another kind of hook may work.");
  }
  return out;
}

}  // namespace skep::explain
