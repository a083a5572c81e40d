#include "hook/netlink.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "base/error.hpp"
#include "hook/interface.hpp"
#include "kernel/descriptor.hpp"

namespace skep::hook {
namespace {

constexpr int level_netlink = 270;  // SOL_NETLINK
constexpr std::size_t answer_room = 1
                                    << 16;  // more than the kernel puts into one datagram (32 KiB)

// What the kernel says in words, after the message that it refuses (struct nlmsgerr).
std::string words_of(const nlmsghdr& message) {
  const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  std::size_t fixed = sizeof(*error);
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) {
    fixed += MNL_ALIGN(error->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
  }
  if (fixed > mnl_nlmsg_get_payload_len(&message)) return {};
  return Attributes(message, fixed).text(NLMSGERR_ATTR_MSG);
}

Result<void> verdict(const nlmsghdr& message) {
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(nlmsgerr)) {
    return fail(ErrorKind::bad_input, "a netlink answer that is too short");
  }
  const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
  if (error->error == 0) return {};
  const auto words = words_of(message);
  if (words.empty()) return fail_errno(-error->error, "the kernel refuses");
  return fail_errno(-error->error, "the kernel says: {}", words);
}

}  // namespace

Message::Message(std::uint16_t type, unsigned flags) noexcept {
  mnl_nlmsg_put_header(bytes_.data());
  header()->nlmsg_type = type;
  header()->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

int Attributes::keep(const nlattr* one, void* attributes) {
  const auto number = mnl_attr_get_type(one);
  if (number < most) static_cast<Attributes*>(attributes)->found_[number] = one;
  return MNL_CB_OK;
}

Attributes::Attributes(const nlmsghdr& message, std::size_t fixed) {
  mnl_attr_parse(&message, static_cast<unsigned>(fixed), &Attributes::keep, this);
}

Attributes::Attributes(const nlattr& nest) {
  mnl_attr_parse_nested(&nest, &Attributes::keep, this);
}

const nlattr* Attributes::find(std::uint16_t number) const noexcept {
  return number < most ? found_[number] : nullptr;
}

std::optional<std::uint32_t> Attributes::u32(std::uint16_t number) const noexcept {
  const nlattr* one = find(number);
  if (one == nullptr || mnl_attr_validate(one, MNL_TYPE_U32) < 0) return std::nullopt;
  return mnl_attr_get_u32(one);
}

std::string Attributes::text(std::uint16_t number) const {
  const nlattr* one = find(number);
  if (one == nullptr) return {};
  return {mnl_attr_get_str(one), ::strnlen(mnl_attr_get_str(one), mnl_attr_get_payload_len(one))};
}

Result<Netlink> Netlink::open(kernel::Syscalls& sys, const Fd& network) {
  SKEP_TRY(Fd socket, within(network, [&]() -> Result<Fd> {
             const long fd = sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
             if (fd < 0) return fail_errno(static_cast<int>(-fd), "open a netlink socket");
             return kernel::adopt(fd);
           }));
  // Without its words (kernel 4.12) an error is a number, which is enough.
  const int on = 1;
  sys.setsockopt(socket.get(), level_netlink, NETLINK_EXT_ACK, &on, sizeof(on));
  return Netlink(sys, std::move(socket));
}

Result<void> Netlink::request(Message& message, const std::function<void(const nlmsghdr&)>& see) {
  nlmsghdr* const header = message.header();
  header->nlmsg_seq = ++sequence_;
  const bool dumps = (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  if (!dumps) header->nlmsg_flags |= NLM_F_ACK;
  const long sent = sys_->send(socket_.get(), header, header->nlmsg_len);
  if (sent < 0) return fail_errno(static_cast<int>(-sent), "send to netlink");
  std::vector<std::byte> answer(answer_room);
  for (;;) {
    const long length = sys_->receive(socket_.get(), answer.data(), answer.size());
    if (length == -EINTR) continue;
    if (length < 0) return fail_errno(static_cast<int>(-length), "receive from netlink");
    int left = static_cast<int>(length);
    const auto* one = reinterpret_cast<const nlmsghdr*>(answer.data());
    for (; mnl_nlmsg_ok(one, left); one = mnl_nlmsg_next(one, &left)) {
      if (one->nlmsg_seq != sequence_) continue;  // of a request that was given up
      if (one->nlmsg_type == NLMSG_DONE) return {};
      if (one->nlmsg_type == NLMSG_ERROR) return verdict(*one);
      if (see) see(*one);
    }
  }
}

}  // namespace skep::hook
