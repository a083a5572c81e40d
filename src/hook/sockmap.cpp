// sk_msg and sk_skb: what the sockets of a map send or receive.
#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/direct.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link_attributes.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

using object::AttachType;

// SEC("sk_skb") alone says nothing of what it is for: it decides, as most do.
std::uint32_t attach_type_of(const ProgramSpec& program) noexcept {
  const bool unsaid = static_cast<AttachType>(program.attach_type) == AttachType::none;
  return unsaid && program.type == ProgramType::sk_skb
             ? static_cast<std::uint32_t>(AttachType::sk_skb_stream_verdict)
             : program.attach_type;
}

Error explained(Error error, AttachType type) {
  switch (error.code()) {
    case EBUSY:
      return std::move(error).hint(
          type == AttachType::sk_skb_verdict || type == AttachType::sk_skb_stream_verdict
              ? "A map takes one program of each kind, and either a verdict or a stream_verdict."
              : "A map takes one program of each kind.");
    case EBADF:
    case EINVAL:
      return std::move(error).hint("The descriptor must be that of a sockmap or a sockhash.");
    case EOPNOTSUPP:
      return std::move(error).hint(
          "The map takes no programs of this kind: it must be a sockmap or a sockhash, and a "
          "stream "
          "parser needs CONFIG_BPF_STREAM_PARSER=y.");
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const SockMap& hook, Host& host) {
  if (hook.map < 0) {
    return fail(ErrorKind::invalid_argument, "no map was named whose sockets it is for");
  }
  auto& sys = host.syscalls();
  const auto type = attach_type_of(program.spec());
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = static_cast<std::uint32_t>(hook.map);
  attributes.attach_type = type;
  auto fd = kernel::create_link(sys, attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error refused = std::move(fd).error();
  if (refused.code() == EINVAL) {
    SKEP_TRY(Fd map, kernel::duplicate(hook.map));
    Direct direct{.target = std::move(map),
                  .attach_type = type,
                  .is_exclusive = true,
                  .nature =
                      "it is attached to the map itself, without a bpf_link (kernel 6.10), "
                      "which lasts until it is taken off or the map is gone"};
    auto link = attach_directly(program, hook, std::move(direct), sys);
    if (link) return link;
    refused = std::move(link).error();
  }
  return std::unexpected(explained(std::move(refused), static_cast<AttachType>(type)));
}

}  // namespace skep::hook
