#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/holder.hpp"
#include "hook/interface.hpp"
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

Error explained(Error error, const Xdp& hook, std::uint32_t index, kernel::Syscalls& sys) {
  switch (error.code()) {
    case EBUSY:
    case EEXIST:
      return std::move(error).hint(
          fmt::format("An interface takes one XDP program{}", holder_of_xdp(sys, index)));
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
  return std::unexpected(explained(std::move(fd).error(), hook, interface.index, sys));
}

}  // namespace skep::hook
