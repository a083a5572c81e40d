// tcx and netkit: chains of programs on an interface.
#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/interface.hpp"
#include "kernel/link_attributes.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

using object::AttachType;

// BPF_F_BEFORE, BPF_F_AFTER, BPF_F_ID
constexpr std::uint32_t flag_before = 1U << 3, flag_after = 1U << 4, flag_id = 1U << 5;

Result<Fd> link_of(const Program& program, const std::string& name, AttachType type,
                   kernel::ChainLinkAttributes attributes, kernel::Syscalls& sys) {
  SKEP_TRY(const auto interface, find_interface(name));
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = interface.index;
  attributes.attach_type = static_cast<std::uint32_t>(type);
  return within(interface.network, [&] { return kernel::create_link(sys, attributes); });
}

}  // namespace

Result<Link> attach(const Program& program, const Tcx& hook, Host& host) {
  if (hook.before != 0 && hook.after != 0) {
    return fail(ErrorKind::invalid_argument, "a program stands before another or after it");
  }
  kernel::ChainLinkAttributes attributes;
  attributes.neighbour = hook.before != 0 ? hook.before : hook.after;
  if (hook.before != 0) attributes.flags = flag_before | flag_id;
  if (hook.after != 0) attributes.flags = flag_after | flag_id;
  const bool ingress = hook.direction == Direction::ingress;
  auto fd =
      link_of(program, hook.interface, ingress ? AttachType::tcx_ingress : AttachType::tcx_egress,
              attributes, host.syscalls());
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error error = std::move(fd).error();
  if (error.code() == EINVAL)
    error = std::move(error).hint("tcx needs kernel 6.6: before, take tc.");
  if (error.code() == ENOENT) {
    error = std::move(error).hint(
        fmt::format("No program with id {} is in this chain.", attributes.neighbour));
  }
  return std::unexpected(std::move(error));
}

Result<Link> attach(const Program& program, const Netkit& hook, Host& host) {
  auto fd = link_of(program, hook.interface,
                    hook.peer ? AttachType::netkit_peer : AttachType::netkit_primary, {},
                    host.syscalls());
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error error = std::move(fd).error();
  if (error.code() == EINVAL || error.code() == EACCES) {
    error = std::move(error).hint(fmt::format(
        "{} must be the primary of a netkit pair (ip link add … type netkit; kernel 6.7).",
        hook.interface));
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep::hook
