// sk_msg and sk_skb: what the sockets of a map send or receive.
#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/attachment.hpp"
#include "kernel/link.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

// Attached to the map itself, where the kernel has no link for it (before 6.10): it would outlive
// us, so it is taken off by hand, and only if it is still ours.
class OnMap final : public Attachment {
 public:
  OnMap(kernel::Syscalls& sys, Fd map, Fd program, std::uint32_t type) noexcept
      : sys_(sys), map_(std::move(map)), program_(std::move(program)), type_(type) {}
  OnMap(const OnMap&) = delete;
  OnMap& operator=(const OnMap&) = delete;
  ~OnMap() override { static_cast<void>(undo()); }
  [[nodiscard]] int fd() const noexcept override { return map_.get(); }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it is attached to the map itself, without a bpf_link (kernel 6.10), which lasts until "
           "it is taken off or the map is gone";
  }
  Result<void> undo() override {
    if (!map_) return {};
    auto done = kernel::detach_program(sys_, program_.get(), map_.get(), type_);
    map_.reset();
    return done;
  }

 private:
  kernel::Syscalls& sys_;
  Fd map_, program_;
  std::uint32_t type_;
};

Result<Fd> duplicate(int fd, const char* what) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy) return copy;
  return fail_errno(errno, "use descriptor {} as a {}", fd, what);
}

}  // namespace

Result<Link> attach(const Program& program, const SockMap& hook, Host& host) {
  auto& sys = host.syscalls();
  const std::uint32_t type = program.spec().attach_type;
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = static_cast<std::uint32_t>(hook.map);
  attributes.attach_type = type;
  auto fd = kernel::create_link(sys, attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  if (fd.error().code() != EINVAL) return std::unexpected(std::move(fd).error());
  SKEP_TRY(Fd map, duplicate(hook.map, "sockmap"));
  SKEP_TRY(Fd own, duplicate(program.fd(), "program"));
  SKEP_CHECK(kernel::attach_program(sys, own.get(), map.get(), type));
  return Link(hook, std::string(program.name()),
              std::make_unique<OnMap>(sys, std::move(map), std::move(own), type));
}

}  // namespace skep::hook
