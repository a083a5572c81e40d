#include "hook/xdp_netlink.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attachment.hpp"
#include "hook/holder.hpp"
#include "hook/netlink.hpp"
#include "kernel/descriptor.hpp"

namespace skep::hook {
namespace {

constexpr std::uint32_t only_if_none = 1U << 0;  // XDP_FLAGS_UPDATE_IF_NOEXIST
constexpr std::uint32_t only_if_ours = 1U << 4;  // XDP_FLAGS_REPLACE, kernel 5.7
constexpr std::uint16_t expected_program = 8;    // IFLA_XDP_EXPECTED_FD
constexpr int none = -1;

ifinfomsg interface_at(std::uint32_t index) noexcept {
  ifinfomsg out{};
  out.ifi_family = AF_UNSPEC;
  out.ifi_index = static_cast<int>(index);
  return out;
}

Result<void> set_program(Netlink& netlink, std::uint32_t index, int program, std::uint32_t flags,
                         int expected) {
  Message message(RTM_SETLINK, 0);
  message.put(interface_at(index));
  message.nest(IFLA_XDP, [&] {
    message.put(IFLA_XDP_FD, static_cast<std::uint32_t>(program));
    message.put(IFLA_XDP_FLAGS, flags);
    if ((flags & only_if_ours) != 0) {
      message.put(expected_program, static_cast<std::uint32_t>(expected));
    }
  });
  return netlink.request(message);
}

Result<std::uint32_t> program_at(Netlink& netlink, std::uint32_t index) {
  Message message(RTM_GETLINK, 0);
  message.put(interface_at(index));
  std::uint32_t id = 0;
  SKEP_CHECK(netlink.request(message, [&](const nlmsghdr& answer) {
    if (answer.nlmsg_type != RTM_NEWLINK) return;
    if (mnl_nlmsg_get_payload_len(&answer) < sizeof(ifinfomsg)) return;
    const Attributes all(answer, sizeof(ifinfomsg));
    const nlattr* xdp = all.find(IFLA_XDP);
    if (xdp != nullptr) id = Attributes(*xdp).u32(IFLA_XDP_PROG_ID).value_or(0);
  }));
  return id;
}

class OnInterface final : public Attachment {
 public:
  OnInterface(kernel::Syscalls& sys, Netlink netlink, std::uint32_t index, std::uint32_t mode,
              Fd program) noexcept
      : sys_(sys),
        netlink_(std::move(netlink)),
        index_(index),
        mode_(mode),
        program_(std::move(program)) {}
  OnInterface(const OnInterface&) = delete;
  OnInterface& operator=(const OnInterface&) = delete;
  ~OnInterface() override { static_cast<void>(undo()); }

  [[nodiscard]] int fd() const noexcept override { return -1; }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it is attached to the interface without a bpf_link (kernel 5.9), which lasts until it "
           "is taken off or the interface is gone";
  }
  // The kernel compares and takes off in one step, since 5.7; it says EEXIST to another's.
  Result<void> undo() override {
    if (!program_) return {};
    const Fd program = std::move(program_);
    return owned(set_program(netlink_, index_, none, mode_ | only_if_ours, program.get()));
  }
  Result<void> replace(const Program& next) override {
    SKEP_TRY(Fd own, kernel::duplicate(next.fd()));
    SKEP_CHECK(
        owned(set_program(netlink_, index_, next.fd(), mode_ | only_if_ours, program_.get())));
    program_ = std::move(own);
    return {};
  }

 private:
  Result<void> owned(Result<void> done) {
    if (done || done.error().code() != EEXIST) return done;
    const auto id = program_at(netlink_, index_);
    return fail(ErrorKind::busy, "the interface has {} by now: it was left alone",
                id && *id != 0 ? describe_program(sys_, *id) : "another program, or none");
  }

  kernel::Syscalls& sys_;
  Netlink netlink_;
  std::uint32_t index_, mode_;
  Fd program_;
};

}  // namespace

Result<Link> attach_xdp_by_netlink(const Program& program, const Xdp& hook,
                                   const Interface& interface, std::uint32_t mode,
                                   kernel::Syscalls& sys) {
  SKEP_TRY(Netlink netlink, Netlink::open(sys, interface.network));
  SKEP_TRY(Fd own, kernel::duplicate(program.fd()));
  const int fd = own.get();
  SKEP_CHECK(set_program(netlink, interface.index, fd, mode | only_if_none, none));
  return Link(hook, std::string(program.name()),
              std::make_unique<OnInterface>(sys, std::move(netlink), interface.index, mode,
                                            std::move(own)));
}

Result<std::uint32_t> xdp_program_of(kernel::Syscalls& sys, const Interface& interface) {
  SKEP_TRY(Netlink netlink, Netlink::open(sys, interface.network));
  return program_at(netlink, interface.index);
}

}  // namespace skep::hook
