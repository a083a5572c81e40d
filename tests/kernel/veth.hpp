// kernel/veth.hpp: a pair of virtual network cards in the network namespace of the test.
#pragma once

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <vector>

#include "hook/netlink.hpp"
#include "kernel/network.hpp"

namespace skep::test {

// Asks the kernel something about an interface.
inline ifreq ask(const char* name, unsigned long what, const std::function<void(ifreq&)>& fill) {
  ifreq request{};
  std::strcpy(request.ifr_name, name);
  fill(request);
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::ioctl(socket.get(), what, &request), 0) << name << ": " << std::strerror(errno);
  return request;
}

inline void set_address(const char* name, unsigned long what, const char* text) {
  ask(name, what, [&](ifreq& request) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &address.sin_addr);
    std::memcpy(&request.ifr_addr, &address, sizeof(address));
  });
}

inline void set_up(const char* name) {
  const auto flags = ask(name, SIOCGIFFLAGS, [](ifreq&) {}).ifr_flags;
  ask(name, SIOCSIFFLAGS,
      [&](ifreq& request) { request.ifr_flags = static_cast<short>(flags | IFF_UP); });
}

// "near" and "far": what is sent out of near arrives at far, which has 10.9.0.2.
class Veth {
 public:
  Veth() {
    auto netlink = hook::Netlink::open(kernel::real_syscalls(), Fd()).value();
    hook::Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    message.put(ifinfomsg{});
    message.put(IFLA_IFNAME, std::string("near"));
    message.nest(IFLA_LINKINFO, [&] {
      message.put(IFLA_INFO_KIND, std::string("veth"));
      message.nest(IFLA_INFO_DATA, [&] {
        message.nest(VETH_INFO_PEER, [&] {
          message.put(ifinfomsg{});
          message.put(IFLA_IFNAME, std::string("far"));
        });
      });
    });
    const auto made = netlink.request(message);
    EXPECT_TRUE(made) << text_of(made.error());
    set_address("far", SIOCSIFADDR, "10.9.0.2");
    set_up("near");
    set_up("far");
    near = static_cast<int>(::if_nametoindex("near"));
    far = static_cast<int>(::if_nametoindex("far"));
    // They carry nothing until the kernel has noticed that both are up.
    EXPECT_TRUE(eventually([&] { return delivers(9); }));
  }

  // A frame out of near, from 10.9.0.1 to 10.9.0.2, UDP to `number`, with the payload "frame".
  void send(std::uint16_t number) const {
    std::vector<std::uint8_t> frame(14 + 20 + 8 + 5);
    const auto put = [&](std::size_t at, std::initializer_list<int> bytes) {
      for (const int byte : bytes) frame[at++] = static_cast<std::uint8_t>(byte);
    };
    std::memcpy(frame.data(), far_address().data(), 6);
    put(6, {2, 0, 0, 0, 0, 1, 8, 0});
    put(14, {0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2});
    put(34, {1, 1, number >> 8, number & 0xff, 0, 13, 0, 0, 'f', 'r', 'a', 'm', 'e'});
    unsigned sum = 0;
    for (std::size_t i = 14; i < 34; i += 2) sum += frame[i] * 256U + frame[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put(24, {static_cast<int>(~sum >> 8 & 0xff), static_cast<int>(~sum & 0xff)});
    send_frame(frame);
  }
  // A frame to far with a segment routing header (RFC 8754) whose current segment is fd09::1.
  [[nodiscard]] static std::vector<std::uint8_t> frame_with_segments() {
    std::vector<std::uint8_t> frame(14 + 40 + 40);
    const auto put = [&](std::size_t at, std::initializer_list<int> bytes) {
      for (const int byte : bytes) frame[at++] = static_cast<std::uint8_t>(byte);
    };
    const auto address = [&](std::size_t at, int last) {
      put(at, {0xfd, 9}), frame[at + 15] = static_cast<std::uint8_t>(last);
    };
    put(0, {0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x86, 0xdd});
    std::memcpy(frame.data(), far_address().data(), 6);
    put(14, {0x60, 0, 0, 0, 0, 40, 43 /* routing */, 64});
    address(22, 9);
    address(38, 1);
    put(54, {59 /* nothing follows */, 4 /* 40 bytes */, 4 /* SRv6 */, 1, 1, 0, 0, 0});
    address(62, 2);  // the last segment
    address(78, 1);  // the current one
    return frame;
  }
  // Its Ethernet address.
  [[nodiscard]] static std::array<std::uint8_t, 6> far_address() {
    const ifreq answer = ask("far", SIOCGIFHWADDR, [](ifreq&) {});
    std::array<std::uint8_t, 6> out{};
    std::memcpy(out.data(), answer.ifr_hwaddr.sa_data, out.size());
    return out;
  }
  void send_frame(const std::vector<std::uint8_t>& frame) const {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = near;
    const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    // What is dropped on its way out is an error here, and no concern.
    static_cast<void>(::sendto(socket.get(), frame.data(), frame.size(), 0,
                               reinterpret_cast<const sockaddr*>(&to), sizeof(to)));
  }
  // Whether what was sent to the port arrives.
  [[nodiscard]] bool delivers(std::uint16_t number) const {
    const Fd receiver = receiver_at(number);
    send(number);
    // The other end polls in a softirq of this CPU, or some time later.
    return arrives(receiver, std::chrono::seconds(30));
  }
  // Whether a program that counts it drops it on its way: waits until one or the other is seen.
  [[nodiscard]] bool drops(std::uint16_t number, const std::function<bool()>& has_counted) const {
    const Fd receiver = receiver_at(number);
    send(number);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!has_counted()) {
      if (arrives(receiver, std::chrono::milliseconds(1))) return false;
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return !arrives(receiver, std::chrono::milliseconds(20));
  }

  int near = 0, far = 0;

 private:
  [[nodiscard]] static Fd receiver_at(std::uint16_t number) {
    Fd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(number);
    const int on = 1;
    ::setsockopt(receiver.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    ::inet_pton(AF_INET, "10.9.0.2", &address.sin_addr);
    EXPECT_EQ(::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    return receiver;
  }
  [[nodiscard]] static bool arrives(const Fd& receiver, std::chrono::milliseconds time) {
    pollfd wait{receiver.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(time.count()));
    return receive(receiver) == "frame";
  }
};

}  // namespace skep::test
