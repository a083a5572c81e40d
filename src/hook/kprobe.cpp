// kprobe, kretprobe, ksyscall.
#include <linux/perf_event.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/error.hpp"
#include "hook/perf.hpp"

namespace skep::hook {
namespace {

// How the kernel calls the function of a system call: with a wrapper for each architecture
// (CONFIG_ARCH_HAS_SYSCALL_WRAPPER), else __se_sys_NAME, before 4.17 sys_NAME.
constexpr std::array<std::string_view, 3> syscall_prefixes = {
#if defined(__x86_64__)
    "__x64_sys_",
#elif defined(__aarch64__)
    "__arm64_sys_",
#elif defined(__riscv)
    "__riscv_sys_",
#elif defined(__s390x__)
    "__s390x_sys_",
#else
    "__se_sys_",
#endif
    "__se_sys_", "sys_"};

Error explained(Error error, const Kprobe& hook) {
  switch (error.code()) {
    case ENOENT:
      return std::move(error).hint(fmt::format(
          "The kernel has no function '{}' for kprobes (/proc/kallsyms lists what there is).",
          hook.function));
    case EINVAL:
    case EADDRNOTAVAIL:
      return std::move(error).hint(
          hook.offset != 0
              ? fmt::format("No instruction begins {} bytes into '{}', or it must not be probed.",
                            hook.offset, hook.function)
              : fmt::format("'{}' must not be probed, or is there more than once.", hook.function));
    default:
      return error;
  }
}

// `label` is the hook that the user named.
Result<Link> attach_probe(const Program& program, const Kprobe& probe, Hook label, Host& host) {
  SKEP_TRY(auto event,
           probe_event(host.syscalls(), "kprobe", probe.at_return, "CONFIG_KPROBE_EVENTS"));
  event.kprobe_func = reinterpret_cast<std::uintptr_t>(probe.function.c_str());
  event.probe_offset = probe.offset;
  auto link = attach_to_events(program, std::move(label), event, {EventScope::probe(-1)},
                               probe.cookie, host);
  if (link) return link;
  return std::unexpected(explained(std::move(link).error(), probe));
}

}  // namespace

Result<Link> attach(const Program& program, const Kprobe& hook, Host& host) {
  if (hook.function.empty()) return fail(ErrorKind::invalid_argument, "a kprobe needs a function");
  if (hook.at_return && hook.offset != 0) {
    return fail(ErrorKind::invalid_argument, "a kretprobe takes no offset");
  }
  return attach_probe(program, hook, hook, host);
}

std::string function_of_syscall(std::string_view name) {
  return fmt::format("{}{}", syscall_prefixes.front(), name);
}

Result<Link> attach(const Program& program, const Ksyscall& hook, Host& host) {
  if (hook.name.empty()) return fail(ErrorKind::invalid_argument, "a ksyscall needs a name");
  // Of several names that are not there, the newest kernels' is told.
  std::optional<Error> first;
  for (const auto prefix : syscall_prefixes) {
    const Kprobe probe{.function = fmt::format("{}{}", prefix, hook.name),
                       .at_return = hook.at_return,
                       .cookie = hook.cookie};
    auto link = attach_probe(program, probe, hook, host);
    if (link || link.error().code() != ENOENT) return link;
    if (!first) first = std::move(link).error();
  }
  return std::unexpected(*std::move(first));
}

}  // namespace skep::hook
