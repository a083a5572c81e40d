#include <cerrno>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/text.hpp"
#include "hook/attach.hpp"
#include "kernel/host.hpp"
#include "kernel/link.hpp"

namespace skep::hook {
namespace {

// Raw tracepoints are listed nowhere by themselves. Most events of tracefs are named as their
// tracepoint is; those of "syscalls" are made from the two tracepoints sys_enter and sys_exit.
std::vector<std::string> known_names(Host& host) {
  std::vector<std::string> names = {"sys_enter", "sys_exit"};
  const auto tracefs = host.tracefs();
  if (!tracefs) return names;
  const auto categories = kernel::list_directories(host.syscalls(), *tracefs, "events");
  if (!categories) return names;
  for (const auto& category : *categories) {
    if (category == "syscalls" || category == "raw_syscalls" || category == "ftrace") continue;
    const auto path = fmt::format("events/{}", category);
    auto events = kernel::list_directories(host.syscalls(), *tracefs, path.c_str());
    if (!events) continue;
    names.insert(names.end(), events->begin(), events->end());
  }
  return names;
}

Error no_such_tracepoint(const RawTracepoint& hook, Host& host) {
  Error error(ErrorKind::not_found, "this kernel has no such tracepoint");
  if (hook.name.find('/') != std::string::npos) {
    error = std::move(error).hint("A raw tracepoint is named without a category.");
  }
  if (hook.name.starts_with("sys_enter_") || hook.name.starts_with("sys_exit_")) {
    return std::move(error).hint(fmt::format(
        "A single system call has no raw tracepoint: use SEC(\"tp/syscalls/{}\"), or sys_enter or "
        "sys_exit and the number of the call.",
        hook.name));
  }
  return std::move(error).hint(
      fmt::format("The nearest: {}.", enumerate(nearest_names(hook.name, known_names(host), 5))));
}

}  // namespace

Result<Link> attach(const Program& program, const RawTracepoint& hook, Host& host) {
  if (hook.name.empty()) {
    return fail(ErrorKind::invalid_argument, "a raw tracepoint needs a name");
  }
  auto link = kernel::open_raw_tracepoint(host.syscalls(), program.fd(), hook.name);
  if (link) return Link(hook, std::string(program.name()), *std::move(link));
  Error error = std::move(link).error();
  if (error.code() == ENOENT) return std::unexpected(no_such_tracepoint(hook, host));
  return std::unexpected(std::move(error));
}

}  // namespace skep::hook
