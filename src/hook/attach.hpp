// hook/attach.hpp: one function for each kind of hook.
#pragma once

#include <optional>

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
  // Whether there are multi-uprobe links; asked when it is first needed.
  [[nodiscard]] Result<bool> has_uprobe_multi();

 private:
  kernel::Syscalls* sys_;
  Fd tracefs_;
  std::optional<bool> uprobe_multi_;
};

// Any of those below; the error says what was being attached to what.
[[nodiscard]] Result<Link> attach_one(const Program& program, const Hook& hook, Host& host);

// The hook that SEC says. SEC("tc") and SEC("classifier") say traffic control, not which way:
// before kernel 6.6 it is a filter.
[[nodiscard]] Result<Link> attach_as_said(const Program& program, const Hook& hook, Host& host);

[[nodiscard]] Result<Link> attach(const Program& program, const Tracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const RawTracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const BtfTracepoint& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Kprobe& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const KprobeMulti& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Ksyscall& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Trampoline& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Freplace& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Uprobe& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const UprobeMulti& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Usdt& hook, Host& host);
// Refuses: a program of a struct_ops map is not attached by itself.
[[nodiscard]] Result<Link> attach(const Program& program, const StructOps& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const PerfEvent& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Iterator& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Xdp& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Tcx& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Tc& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Netkit& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Cgroup& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const NetworkNamespace& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const SockMap& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Socket& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Route& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Lirc& hook, Host& host);
[[nodiscard]] Result<Link> attach(const Program& program, const Netfilter& hook, Host& host);

}  // namespace skep::hook
