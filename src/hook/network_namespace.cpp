// sk_lookup and flow_dissector: one network namespace as a whole.
#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/holder.hpp"
#include "hook/interface.hpp"
#include "kernel/link.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {

Result<Link> attach(const Program& program, const NetworkNamespace& hook, Host& host) {
  SKEP_TRY(const Fd network, open_network(hook.path.empty() ? "/proc/self/ns/net" : hook.path));
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = static_cast<std::uint32_t>(network.get());
  attributes.attach_type = program.spec().attach_type;
  auto fd = kernel::create_link(host.syscalls(), attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error error = std::move(fd).error();
  if (error.code() == EEXIST || error.code() == E2BIG) {
    const auto there =
        kernel::query_programs(host.syscalls(), network.get(), program.spec().attach_type);
    error = std::move(error).hint(
        there && !there->empty()
            ? fmt::format("A namespace takes one flow dissector: this one has {}.",
                          describe_programs(host.syscalls(), *there))
            : "A namespace takes no flow dissector of its own where the initial namespace has one, "
              "and the initial one none where another has.");
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep::hook
