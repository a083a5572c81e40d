#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/holder.hpp"
#include "kernel/info.hpp"
#include "kernel/link_attributes.hpp"
#include "kernel/link_info.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

constexpr std::uint32_t family_ipv4 = 2, family_ipv6 = 10;  // NFPROTO_*
constexpr std::uint32_t flag_defragment = 1;                // BPF_F_NETFILTER_IP_DEFRAG

// By looking through all links; a hook of netfilter that is no program is not among them.
std::string holder_of_netfilter(kernel::Syscalls& sys, const Netfilter& hook) {
  std::string out = "something else";
  static_cast<void>(kernel::each(sys, kernel::Thing::link, [&](std::uint32_t, Fd fd) {
    const auto info = kernel::read_link_info(sys, fd.get());
    const bool is_it = info && info->type == LinkType::netfilter &&
                       info->priority == hook.priority &&
                       info->hook == static_cast<std::uint32_t>(hook.hook) &&
                       info->family == (hook.ipv6 ? family_ipv6 : family_ipv4);
    if (is_it) out = describe_program(sys, info->program_id);
    return Result<bool>(!is_it);
  }));
  return out;
}

Error explained(Error error, const Netfilter& hook, kernel::Syscalls& sys) {
  switch (error.code()) {
    case EINVAL:
      return std::move(error).hint(
          "Netfilter takes programs since kernel 6.4 (CONFIG_NETFILTER_BPF_LINK=y); the priority "
          "must not be the least or the greatest integer.");
    case EBUSY:
      return std::move(error).hint(fmt::format("At priority {} of this hook is {}: take another.",
                                               hook.priority, holder_of_netfilter(sys, hook)));
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const Netfilter& hook, Host& host) {
  kernel::NetfilterLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.attach_type = static_cast<std::uint32_t>(object::AttachType::netfilter);
  attributes.family = hook.ipv6 ? family_ipv6 : family_ipv4;
  attributes.hook = static_cast<std::uint32_t>(hook.hook);  // in the order of NF_INET_*
  attributes.priority = hook.priority;
  attributes.filter_flags = hook.defragment ? flag_defragment : 0;
  auto fd = kernel::create_link(host.syscalls(), attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  return std::unexpected(explained(std::move(fd).error(), hook, host.syscalls()));
}

}  // namespace skep::hook
