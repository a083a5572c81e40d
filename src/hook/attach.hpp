// hook/attach.hpp: one function for each kind of hook.
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/link.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::hook {

// What programs that are attached together share.
class Host {
 public:
  explicit Host(kernel::Syscalls& sys) noexcept : sys_(&sys) {}

  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept { return *sys_; }
  // A directory descriptor of tracefs; opened when it is first needed.
  [[nodiscard]] Result<int> tracefs();

 private:
  kernel::Syscalls* sys_;
  Fd tracefs_;
};

[[nodiscard]] Result<Link> attach(const Program& program, const Tracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const RawTracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const BtfTracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Uprobe& hook, Host& host);

}  // namespace skep::hook
