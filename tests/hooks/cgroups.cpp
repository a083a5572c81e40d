// Rows: hooks of a control group.
#include <fcntl.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "hooks/row.hpp"

namespace skep {
namespace {

using test::Effect, test::other_port, test::port, test::socket_of;

// An address of lo, of IPv4 or IPv6.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  static Address of(int family, std::uint16_t number) {
    Address out;
    if (family == AF_INET) {
      const auto address = test::address_of(number);
      std::memcpy(&out.storage, &address, sizeof(address));
      out.length = sizeof(address);
    } else {
      sockaddr_in6 address{};
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(number);
      address.sin6_addr = in6addr_loopback;
      std::memcpy(&out.storage, &address, sizeof(address));
      out.length = sizeof(address);
    }
    return out;
  }
  static Address of_unix(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    Address out;
    out.length = static_cast<socklen_t>(sizeof(address.sun_family) + 1 + name.size());
    std::memcpy(&out.storage, &address, out.length);
    return out;
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  // Its port; both families have it at the same place.
  [[nodiscard]] std::uint16_t number() const {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof(address));
    return ntohs(address.sin_port);
  }
};

int error_of(int result) { return result == 0 ? 0 : errno; }

class Cgroups : public test::Row {
 protected:
  static Fd make(int family, int type) { return Fd(::socket(family, type | SOCK_CLOEXEC, 0)); }
  static int bind(const Fd& socket, const Address& address) {
    return error_of(::bind(socket.get(), address.get(), address.length));
  }
  static int connect(const Fd& socket, const Address& address) {
    return error_of(::connect(socket.get(), address.get(), address.length));
  }
  static int send(const Fd& socket, const Address& address) {
    return ::sendto(socket.get(), "x", 1, 0, address.get(), address.length) == 1 ? 0 : errno;
  }
  // Listens at the port of a family, on lo.
  static Fd listening(int family, std::uint16_t number) {
    Fd socket = make(family, SOCK_STREAM);
    EXPECT_EQ(bind(socket, Address::of(family, number)), 0);
    EXPECT_EQ(::listen(socket.get(), 4), 0);
    return socket;
  }
  static Fd receiving(int family, std::uint16_t number) {
    Fd socket = make(family, SOCK_DGRAM);
    EXPECT_EQ(bind(socket, Address::of(family, number)), 0);
    return socket;
  }
  // `go` succeeds, and the program counted it once.
  static Effect once(const std::function<bool()>& go) {
    return [=](const Object& object, const Link&) {
      const auto before = count_of(object);
      return go() && count_of(object) == before + 1;
    };
  }
  void acts(std::string row, std::string seen, std::string_view program, Effect effect) {
    lives({.row = std::move(row),
           .seen = std::move(seen),
           .object = "row_cgroup",
           .program = program,
           .effect = std::move(effect)});
  }
};

TEST_F(Cgroups, SkbIngress) {
  acts("cgroup_skb/ingress", "packets do not arrive", "on_ingress", drops());
}

TEST_F(Cgroups, SkbEgress) {
  acts("cgroup_skb/egress", "sendto(2) fails with EPERM", "on_egress", once([this] {
         return test::send_to(sender, port) == EPERM && test::receive(receiver).empty();
       }));
}

TEST_F(Cgroups, Skb) {
  acts("cgroup/skb", "packets do not arrive (as ingress)", "on_skb", drops());
}

TEST_F(Cgroups, SockCreate) {
  acts("cgroup/sock_create", "socket(2) fails with EPERM", "on_create",
       once([] { return make(AF_INET, SOCK_STREAM).get() < 0 && errno == EPERM; }));
}

TEST_F(Cgroups, Sock) {
  acts("cgroup/sock", "socket(2) fails with EPERM", "on_sock",
       once([] { return make(AF_INET, SOCK_STREAM).get() < 0 && errno == EPERM; }));
}

TEST_F(Cgroups, SockRelease) {
  acts("cgroup/sock_release", "a socket that is closed is counted", "on_release",
       once([] { return make(AF_INET, SOCK_STREAM).get() >= 0; }));
}

// Those that look at an address, of both families.
class Addresses : public Cgroups, public testing::WithParamInterface<int> {
 protected:
  [[nodiscard]] static int family() { return GetParam(); }
  [[nodiscard]] static std::string named(const char* what) {
    return fmt::format("{}{}", what, GetParam() == AF_INET ? 4 : 6);
  }
  [[nodiscard]] static Address here(std::uint16_t number) { return Address::of(family(), number); }
  void acts_on(const char* what, std::string seen, Effect effect) {
    const auto program = "on_" + named(what);
    acts("cgroup/" + named(what), std::move(seen), program, std::move(effect));
  }
  // What getpeername(2) or getsockname(2) says.
  static std::uint16_t named_port(int (*ask)(int, sockaddr*, socklen_t*), const Fd& socket) {
    Address out;
    EXPECT_EQ(ask(socket.get(), out.get(), &out.length), 0);
    return out.number();
  }
  void SetUp() override {
    Row::SetUp();
    receiver = Fd();
  }
};

TEST_P(Addresses, Bind) {
  acts_on("bind", "bind(2) fails with EPERM",
          once([] { return bind(make(family(), SOCK_DGRAM), here(port)) == EPERM; }));
}

TEST_P(Addresses, PostBind) {
  acts_on("post_bind", "bind(2) fails with EPERM, once the port is known",
          once([] { return bind(make(family(), SOCK_DGRAM), here(port)) == EPERM; }));
}

TEST_P(Addresses, Connect) {
  const Fd listener = listening(family(), other_port);
  acts_on("connect", "a connection reaches another port",
          once([] { return connect(make(family(), SOCK_STREAM), here(port)) == 0; }));
}

TEST_P(Addresses, SendMessage) {
  const Fd end = receiving(family(), other_port);
  acts_on("sendmsg", "a datagram arrives at another port", once([&] {
            EXPECT_EQ(send(make(family(), SOCK_DGRAM), here(port)), 0);
            return test::receive(end) == "x";
          }));
}

TEST_P(Addresses, ReceiveMessage) {
  const Fd end = receiving(family(), 7004), from = receiving(family(), port);
  acts_on("recvmsg", "a datagram comes from another port", once([&] {
            EXPECT_EQ(send(from, here(7004)), 0);
            char byte = 0;
            Address sender_of;
            EXPECT_EQ(
                ::recvfrom(end.get(), &byte, 1, MSG_DONTWAIT, sender_of.get(), &sender_of.length),
                1);
            return sender_of.number() == other_port;
          }));
}

TEST_P(Addresses, PeerName) {
  const Fd listener = listening(family(), port), client = make(family(), SOCK_STREAM);
  ASSERT_EQ(connect(client, here(port)), 0);
  acts_on("getpeername", "another port is named",
          once([&] { return named_port(::getpeername, client) == other_port; }));
}

TEST_P(Addresses, SocketName) {
  const Fd socket = receiving(family(), port);
  acts_on("getsockname", "another port is named",
          once([&] { return named_port(::getsockname, socket) == other_port; }));
}

INSTANTIATE_TEST_SUITE_P(Cgroups, Addresses, testing::Values(AF_INET, AF_INET6));

// Sockets with abstract names.
class UnixAddresses : public Cgroups {
 protected:
  void SetUp() override {
    Row::SetUp();
    bound = make(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
    other = make(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
    ASSERT_EQ(bind(bound, name), 0);
  }
  const Address name = Address::of_unix(fmt::format("skep-row-{}", ::getpid()));
  Fd bound, other;
};

TEST_F(UnixAddresses, Connect) {
  acts("cgroup/connect_unix", "connect(2) fails with EPERM", "on_connect_unix",
       once([&] { return connect(other, name) == EPERM; }));
}

TEST_F(UnixAddresses, SendMessage) {
  acts("cgroup/sendmsg_unix", "sendto(2) fails with EPERM", "on_sendmsg_unix",
       once([&] { return send(other, name) == EPERM; }));
}

TEST_F(UnixAddresses, ReceiveMessage) {
  acts("cgroup/recvmsg_unix", "a datagram is counted as it is received", "on_recvmsg_unix",
       once([&] {
         EXPECT_EQ(send(bound, name), 0);
         Address from;
         char byte = 0;
         return ::recvfrom(bound.get(), &byte, 1, MSG_DONTWAIT, from.get(), &from.length) == 1;
       }));
}

TEST_F(UnixAddresses, PeerName) {
  ASSERT_EQ(connect(other, name), 0);
  acts("cgroup/getpeername_unix", "the question is counted", "on_getpeername_unix", once([&] {
         Address out;
         return ::getpeername(other.get(), out.get(), &out.length) == 0;
       }));
}

TEST_F(UnixAddresses, SocketName) {
  acts("cgroup/getsockname_unix", "the question is counted", "on_getsockname_unix", once([&] {
         Address out;
         return ::getsockname(bound.get(), out.get(), &out.length) == 0;
       }));
}

TEST_F(Cgroups, Sysctl) {
  acts("cgroup/sysctl", "reading kernel.ostype fails with EPERM", "on_sysctl", once([] {
         const Fd file(::open("/proc/sys/kernel/ostype", O_RDONLY | O_CLOEXEC));
         char byte = 0;
         return ::read(file.get(), &byte, 1) < 0 && errno == EPERM;
       }));
}

TEST_F(Cgroups, GetOption) {
  acts("cgroup/getsockopt", "an option has another value", "on_getsockopt", once([this] {
         int value = 0;
         socklen_t length = sizeof(value);
         EXPECT_EQ(::getsockopt(sender.get(), SOL_SOCKET, SO_PRIORITY, &value, &length), 0);
         return value == 77;
       }));
}

TEST_F(Cgroups, SetOption) {
  acts("cgroup/setsockopt", "an option is set to another value", "on_setsockopt", once([this] {
         int value = 2;
         socklen_t length = sizeof(value);
         EXPECT_EQ(::setsockopt(sender.get(), SOL_SOCKET, SO_PRIORITY, &value, length), 0);
         EXPECT_EQ(::getsockopt(sender.get(), SOL_SOCKET, SO_PRIORITY, &value, &length), 0);
         return value == 3;
       }));
}

TEST_F(Cgroups, Device) {
  acts("cgroup/dev", "opening /dev/zero fails with EPERM", "on_device", once([] {
         return Fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC)).get() < 0 && errno == EPERM;
       }));
}

TEST_F(Cgroups, SockOps) {
  const Fd listener = listening(AF_INET, port);
  acts("sockops", "a connection is counted as it is made", "on_sockops",
       once([] { return connect(make(AF_INET, SOCK_STREAM), Address::of(AF_INET, port)) == 0; }));
}

}  // namespace
}  // namespace skep
