#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/holder.hpp"
#include "hook/interface.hpp"
#include "hook/xdp_netlink.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

// XDP_FLAGS_* (include/uapi/linux/if_link.h)
std::uint32_t flags_of(Xdp::Mode mode) noexcept {
  switch (mode) {
    case Xdp::Mode::automatic:
      return 0;
    case Xdp::Mode::generic:
      return 1U << 1;
    case Xdp::Mode::native:
      return 1U << 2;
    case Xdp::Mode::offload:
      return 1U << 3;
  }
  return 0;
}

// Who has it: by a link, or without one.
std::string holder(const Interface& interface, kernel::Syscalls& sys) {
  if (const auto link = holder_of_xdp(sys, interface.index); !link.empty()) return link;
  const auto id = xdp_program_of(sys, interface);
  if (!id || *id == 0) return ".";
  return fmt::format(": {}, which no link holds; `ip link set … xdp off` takes it off.",
                     describe_program(sys, *id));
}

Error explained(Error error, const Xdp& hook, const Interface& interface, kernel::Syscalls& sys) {
  switch (error.code()) {
    case EBUSY:
    case EEXIST:
      return std::move(error).hint(
          fmt::format("An interface takes one XDP program{}", holder(interface, sys)));
    case EOPNOTSUPP:
      return std::move(error).hint(
          hook.mode == Xdp::Mode::offload
              ? fmt::format("The card of {} runs no programs.", hook.interface)
              : fmt::format("The driver of {} has no XDP: take mode generic.", hook.interface));
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const Xdp& hook, Host& host) {
  SKEP_TRY(const auto interface, find_interface(hook.interface));
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = interface.index;
  attributes.attach_type = program.spec().attach_type;
  attributes.flags = flags_of(hook.mode);
  auto& sys = host.syscalls();
  auto fd = within(interface.network, [&] { return kernel::create_link(sys, attributes); });
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error refused = std::move(fd).error();
  if (refused.code() == EINVAL) {
    // Kernels before 5.9 have no link for it; later ones say in words what is wrong.
    auto link = attach_xdp_by_netlink(program, hook, interface, attributes.flags, sys);
    if (link) return link;
    refused = std::move(link).error();
  }
  return std::unexpected(explained(std::move(refused), hook, interface, sys));
}

}  // namespace skep::hook
