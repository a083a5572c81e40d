// A program on one socket: a filter of what it receives, or the choice among those that share a
// port.
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/attachment.hpp"

namespace skep::hook {
namespace {

// include/uapi/asm-generic/socket.h
constexpr int attach_bpf = 50, attach_reuseport_bpf = 52, detach_filter = 27, detach_reuseport = 68;

// Keeps a descriptor of the socket, so that it can be detached though its owner closed his.
class OnSocket final : public Attachment {
 public:
  OnSocket(kernel::Syscalls& sys, Fd socket, int detach_option) noexcept
      : sys_(sys), socket_(std::move(socket)), detach_option_(detach_option) {}
  OnSocket(const OnSocket&) = delete;
  OnSocket& operator=(const OnSocket&) = delete;
  ~OnSocket() override { static_cast<void>(undo()); }
  [[nodiscard]] int fd() const noexcept override { return socket_.get(); }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it is an option of the socket, which lasts until it is taken off or the socket is "
           "closed";
  }
  // The kernel does not say which program a socket has: what is taken off is what is there.
  Result<void> undo() override {
    if (!socket_) return {};
    const int unused = 0;
    const long result =
        sys_.setsockopt(socket_.get(), SOL_SOCKET, detach_option_, &unused, sizeof(unused));
    socket_.reset();
    if (result >= 0 || result == -ENOENT) return {};
    return fail_errno(static_cast<int>(-result), "take the program off the socket");
  }

 private:
  kernel::Syscalls& sys_;
  Fd socket_;
  int detach_option_;
};

}  // namespace

Result<Link> attach(const Program& program, const Socket& hook, Host& host) {
  auto& sys = host.syscalls();
  const bool is_filter = program.spec().type == ProgramType::socket_filter;
  Fd socket(::fcntl(hook.fd, F_DUPFD_CLOEXEC, 0));
  if (!socket) return fail_errno(errno, "use descriptor {} as a socket", hook.fd);
  const int fd = program.fd();
  const int option = is_filter ? attach_bpf : attach_reuseport_bpf;
  const long result = sys.setsockopt(socket.get(), SOL_SOCKET, option, &fd, sizeof(fd));
  if (result < 0) {
    Error error = Error::from_errno(static_cast<int>(-result), "setsockopt");
    if (error.code() == EPERM)
      error = std::move(error).hint("The filter of this socket is locked.");
    if (error.code() == EINVAL && !is_filter) {
      error = std::move(error).hint("The socket needs SO_REUSEPORT before it is bound.");
    }
    return std::unexpected(std::move(error));
  }
  return Link(hook, std::string(program.name()),
              std::make_unique<OnSocket>(sys, std::move(socket),
                                         is_filter ? detach_filter : detach_reuseport));
}

}  // namespace skep::hook
