// hook/netlink.hpp: one question to the kernel's networking and its answers (rtnetlink(7)). libmnl
// composes and checks messages; what is sent and received goes through the seam.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::hook {

// A message that is being composed: ours are short, far below its room.
class Message {
 public:
  // `flags`: NLM_F_*; NLM_F_REQUEST is always there.
  Message(std::uint16_t type, unsigned flags) noexcept;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() = default;

  // The fixed part that follows the header (struct tcmsg, struct rtmsg), once, before attributes.
  template <typename Fixed>
  void put(const Fixed& fixed) noexcept {
    *static_cast<Fixed*>(mnl_nlmsg_put_extra_header(header(), sizeof(Fixed))) = fixed;
  }
  void put(std::uint16_t attribute, std::uint32_t value) noexcept {
    mnl_attr_put_u32(header(), attribute, value);
  }
  void put(std::uint16_t attribute, const std::string& text) noexcept {
    mnl_attr_put_strz(header(), attribute, text.c_str());
  }
  void put_bytes(std::uint16_t attribute, const void* bytes, std::size_t length) noexcept {
    mnl_attr_put(header(), attribute, length, bytes);
  }
  // What `fill` puts lies within the attribute.
  template <typename Fill>
  void nest(std::uint16_t attribute, const Fill& fill) {
    nlattr* const start = mnl_attr_nest_start(header(), attribute);
    fill();
    mnl_attr_nest_end(header(), start);
  }
  [[nodiscard]] nlmsghdr* header() noexcept { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }

 private:
  alignas(nlmsghdr) std::array<std::byte, 4096> bytes_{};
};

// The attributes of one level by their numbers. Bounds are checked: what is shorter than asked is
// not there.
class Attributes {
 public:
  // Those that follow the fixed part of a message, or lie within an attribute.
  Attributes(const nlmsghdr& message, std::size_t fixed);
  explicit Attributes(const nlattr& nest);

  [[nodiscard]] const nlattr* find(std::uint16_t number) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> u32(std::uint16_t number) const noexcept;
  // Up to its NUL; "" when it is not there.
  [[nodiscard]] std::string text(std::uint16_t number) const;

 private:
  static constexpr std::size_t most = 64;
  static int keep(const nlattr* one, void* attributes);

  std::array<const nlattr*, most> found_{};
};

// A socket of NETLINK_ROUTE. It belongs to the network namespace in which it was opened.
class Netlink {
 public:
  // In the namespace `network`, or in that of this thread when it is none. Errors: what the kernel
  // says.
  [[nodiscard]] static Result<Netlink> open(kernel::Syscalls& sys, const Fd& network);

  // Sends it, and shows every message of the answer. Errors: what the kernel says, with its words
  // (NETLINK_EXT_ACK) where it has some.
  [[nodiscard]] Result<void> request(Message& message,
                                     const std::function<void(const nlmsghdr&)>& see = {});

 private:
  Netlink(kernel::Syscalls& sys, Fd socket) noexcept : sys_(&sys), socket_(std::move(socket)) {}

  kernel::Syscalls* sys_;
  Fd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace skep::hook
