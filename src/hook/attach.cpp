#include "hook/attach.hpp"

#include <cerrno>

#include "base/error.hpp"
#include "hook/attempt.hpp"
#include "hook/section.hpp"
#include "kernel/capability.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/uprobe_multi.hpp"
#include "skep/session.hpp"

namespace skep {
namespace {

// Hooks whose links can be given another program, if that holds which is expected.
template <typename Hook>
constexpr bool can_update =
    std::is_same_v<Hook, Xdp> || std::is_same_v<Hook, Tcx> || std::is_same_v<Hook, Netkit> ||
    std::is_same_v<Hook, Cgroup> || std::is_same_v<Hook, NetworkNamespace> ||
    std::is_same_v<Hook, SockMap> || std::is_same_v<Hook, Iterator>;

Result<Link> attach_by_section(const Program& program, const AttachDefaults& defaults,
                               hook::Host& host) {
  auto target = hook::hook_of(program.spec(), defaults);
  if (target) return hook::attach_as_said(program, *target, host);
  return add_context(std::move(target).error(), "attach program '{}'", program.name());
}

}  // namespace

Result<Link> hook::attach_one(const Program& program, const Hook& target, Host& host) {
  auto link = std::visit(
      [&]<typename H>(const H& h) -> Result<Link> {
        Fd own;
        if constexpr (can_update<H>) {
          SKEP_TRY(own, kernel::duplicate(program.fd()));
        }
        SKEP_TRY(Link made, attach(program, h, host));
        made.made_with(host.syscalls(), std::move(own));
        return made;
      },
      target);
  if (link) return link;
  Error error = kernel::name_missing_capabilities(host.syscalls(), std::move(link).error(),
                                                  program.spec().type);
  if (error.code() == EACCES && std::holds_alternative<Uprobe>(target)) {
    error = std::move(error).hint(
        "Kernels since July 2025 (6.16, 6.12.39, 6.1.146 …) take CAP_SYS_ADMIN for a uprobe.");
  }
  error = kernel::about(std::move(error), attempt_of(program.spec(), target));
  return add_context(std::move(error), "attach program '{}' to {}", program.name(),
                     describe(target));
}

Result<Link> hook::attach_as_said(const Program& program, const Hook& target, Host& host) {
  auto link = attach_one(program, target, host);
  const auto* tcx = std::get_if<Tcx>(&target);
  const bool either = tcx != nullptr && program.spec().section.find("tcx") == std::string::npos;
  if (link || !either || link.error().code() != EINVAL) return link;
  return attach_one(program, Tc{.interface = tcx->interface, .direction = tcx->direction}, host);
}

Result<int> hook::Host::tracefs() {
  if (!tracefs_) {
    SKEP_TRY(tracefs_, kernel::open_tracefs(*sys_));
  }
  return tracefs_.get();
}

Result<bool> hook::Host::has_uprobe_multi() {
  if (!uprobe_multi_) {
    SKEP_TRY(uprobe_multi_, kernel::has_uprobe_multi(*sys_));
  }
  return *uprobe_multi_;
}

Result<Link> Program::attach(const AttachDefaults& defaults) const {
  hook::Host host(*sys_);
  return attach_by_section(*this, defaults, host);
}

Result<Link> Program::attach(const Hook& target) const {
  hook::Host host(*sys_);
  return hook::attach_one(*this, target, host);
}

Result<std::vector<Link>> Object::attach(const AttachDefaults& defaults) const {
  std::vector<Member> members;
  for (const Program& program : programs()) {
    if (program.spec().type == ProgramType::struct_ops) continue;
    members.push_back({.program = program.spec().name});
  }
  for (const Map& map : maps()) {
    if (map.type() != MapType::struct_ops || map.fd() < 0) continue;
    members.push_back({.program = map.spec().name});
  }
  SKEP_TRY(auto session, Session::start(*this, members, defaults));
  return session.release();
}

}  // namespace skep
