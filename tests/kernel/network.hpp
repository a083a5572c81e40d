// kernel/network.hpp: what the tests of network hooks share: a network namespace of their own with
// nothing but lo, sockets in it, and programs of hook_network.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "hook/cgroup_path.hpp"
#include "kernel/support.hpp"

namespace skep::test {

constexpr std::uint16_t port = 7001, other_port = 7002;

inline sockaddr_in address_of(std::uint16_t number) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(number);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

inline Fd socket_of(int type) { return Fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0)); }

inline int bind_to(const Fd& socket, std::uint16_t number) {
  const auto address = address_of(number);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0
             ? 0
             : errno;
}

// 0, or the errno.
inline int send_to(const Fd& socket, std::uint16_t number, std::string_view text = "0123456789") {
  const auto to = address_of(number);
  const auto sent = ::sendto(socket.get(), text.data(), text.size(), 0,
                             reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  return sent >= 0 ? 0 : errno;
}

// What waits on the socket, which lo delivers at once; "" when there is nothing.
inline std::string receive(const Fd& socket) {
  char buffer[64];
  const auto length = ::recv(socket.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  return length < 0 ? "" : std::string(buffer, static_cast<std::size_t>(length));
}

inline int connect_to(const Fd& socket, std::uint16_t number) {
  const auto to = address_of(number);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0 ? 0
                                                                                          : errno;
}

class OwnNetwork : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    const Fd socket = socket_of(SOCK_DGRAM);
    ASSERT_EQ(::ioctl(socket.get(), SIOCSIFFLAGS, &request), 0);
    receiver = socket_of(SOCK_DGRAM);
    ASSERT_EQ(bind_to(receiver, port), 0);
    sender = socket_of(SOCK_DGRAM);
  }
  Fd receiver, sender;
};

class NetworkHooks : public OwnNetwork {
 protected:
  // One program of hook_network, or of hook_traffic, which has no other port.
  void load(std::string_view program, std::string_view from = "hook_network") {
    auto spec = spec_of(from);
    for (auto& one : spec.programs) one.autoload = one.name == program;
    ASSERT_TRUE(spec.set("port", port));
    if (from == "hook_network") {
      ASSERT_TRUE(spec.set("other", other_port));
    }
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  const Program& program() { return object->programs()[0]; }
  std::uint64_t count() { return value_of<std::uint64_t>(*object, "count"); }

  // Datagrams to the port do not arrive while the link is there.
  void expect_drops(Result<Link> link, int send_error = 0) {
    ASSERT_TRUE(link) << text_of(link.error());
    ASSERT_TRUE(link->is_bpf_link());
    const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(send_to(sender, port), send_error);
    EXPECT_TRUE(eventually([&] { return count() == 100; }));  // softirqs may be behind
    EXPECT_EQ(receive(receiver), "");
    link->detach();
    EXPECT_TRUE(is_gone(kernel::Thing::link, id));
    EXPECT_EQ(send_to(sender, port), 0);
    EXPECT_EQ(receive(receiver), "0123456789");
    EXPECT_EQ(count(), 100U);
  }

  std::optional<Object> object;
};

// A cgroup of our own with this process in it.
template <typename Base>
class InCgroup : public Base {
 protected:
  void SetUp() override {
    Base::SetUp();
    auto root = hook::cgroup_root(kernel::real_syscalls());
    ASSERT_TRUE(root) << text_of(root.error());
    path = fmt::format("{}/skep-test-{}", *root, ::getpid());
    above = *root + std::filesystem::path(own_cgroup()).native();
    ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
    move_to(path);
    // Sockets belong to the cgroup in which they were made.
    this->sender = socket_of(SOCK_DGRAM);
    this->receiver.reset();
    this->receiver = socket_of(SOCK_DGRAM);
    ASSERT_EQ(bind_to(this->receiver, port), 0);
  }
  void TearDown() override {
    move_to(above);
    EXPECT_EQ(::rmdir(path.c_str()), 0);
  }
  static void move_to(const std::string& group) {
    std::ofstream(group + "/cgroup.procs") << ::getpid() << std::endl;
  }
  static std::string own_cgroup() {
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("0::")) return line.substr(3);
    }
    return "/";
  }
  std::string path, above;
};

using CgroupHooks = InCgroup<NetworkHooks>;

}  // namespace skep::test
