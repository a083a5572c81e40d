#include "kernel/security.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/text.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/private_mount.hpp"
#include "kernel/probe_program.hpp"
#include "skep/insn.hpp"

namespace skep::kernel {
namespace {

constexpr const char* security_path = "/sys/kernel/security";

// The number behind "NAME:\t" in a text of lines.
template <typename Number>
std::optional<Number> number_after(std::string_view text, std::string_view name, int base) {
  auto at = text.starts_with(name) ? 0 : text.find(fmt::format("\n{}", name));
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_of("0123456789abcdef", at + name.size());
  if (at == std::string_view::npos) return std::nullopt;
  Number out{};
  const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), out, base);
  return parsed.ec == std::errc() ? std::optional(out) : std::nullopt;
}

// The initial namespace maps every id to itself (user_namespaces(7)).
std::optional<bool> in_user_namespace(Syscalls& sys) {
  const auto map = read_kernel_file(sys, AT_FDCWD, "/proc/self/uid_map");
  if (!map) return std::nullopt;
  std::string squeezed;
  for (const char c : *map) {
    if (c != ' ' || (!squeezed.empty() && squeezed.back() != ' ')) squeezed += c;
  }
  return squeezed != "0 0 4294967295\n";
}

// "none [integrity] confidentiality": the one in brackets holds (kernel_lockdown(7)).
std::string mode_of(std::string_view text) {
  const auto open = text.find('['), close = text.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  list = list.substr(0, list.find('\n'));
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

// What securityfs says; where none is mounted, a private mount is asked.
void read_securityfs(Syscalls& sys, Security& out) {
  auto list = read_kernel_file(sys, AT_FDCWD, fmt::format("{}/lsm", security_path).c_str());
  auto mode = read_kernel_file(sys, AT_FDCWD, fmt::format("{}/lockdown", security_path).c_str());
  if (!list) {
    const auto mount = mount_private(sys, "securityfs");
    if (!mount) return;
    list = read_kernel_file(sys, mount->get(), "lsm");
    mode = read_kernel_file(sys, mount->get(), "lockdown");
  }
  if (list) out.modules = split(*list);
  if (mode) out.lockdown = mode_of(*mode);
}

}  // namespace

bool Security::never_runs_lsm_programs() const noexcept {
  return modules && std::ranges::find(*modules, "bpf") == modules->end();
}

std::optional<std::string> Security::why_never_run(std::string_view program,
                                                   ProgramType type) const {
  if (type != ProgramType::lsm || !never_runs_lsm_programs()) return std::nullopt;
  return fmt::format(
      "program '{}' will never run: bpf is not among this kernel's security modules ({}). The "
      "kernel attaches it without an error all the same. Boot with lsm={},bpf",
      program, enumerate(*modules), fmt::join(*modules, ","));
}

Security read_security(Syscalls& sys) {
  Security out;
  if (const auto status = read_kernel_file(sys, AT_FDCWD, "/proc/thread-self/status")) {
    out.capabilities = number_after<std::uint64_t>(*status, "CapEff:", 16);
    out.seccomp = number_after<int>(*status, "Seccomp:", 10);
  }
  out.in_user_namespace = in_user_namespace(sys);
  const auto setting =
      read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/unprivileged_bpf_disabled");
  if (setting) out.unprivileged_bpf = number_after<int>(*setting, "", 10);
  read_securityfs(sys, out);
  return out;
}

std::optional<bool> takes_programs(Syscalls& sys, ProgramType type, std::uint32_t attach_type) {
  static constexpr std::array<Insn, 2> code = {Insn{.code = 0xb7},  // r0 = 0
                                               Insn{.code = 0x95}};
  const long result = load_probe(sys, type, attach_type, code);
  if (result >= 0) {
    const Fd fd = adopt(result);
    return true;
  }
  if (result == -EPERM) return false;
  // It was looked at: bound to no function (EINVAL), or refused by the verifier (EACCES).
  if (result == -EINVAL || result == -EACCES) return true;
  return std::nullopt;
}

}  // namespace skep::kernel
