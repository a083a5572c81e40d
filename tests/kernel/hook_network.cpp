// Hooks of the network fire for real, have their effect, and are gone when they are detached. Each
// test is a process of its own, in a network namespace of its own with nothing but lo.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "hook/cgroup_path.hpp"
#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

constexpr std::uint16_t port = 7001, other_port = 7002;

sockaddr_in address_of(std::uint16_t number) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(number);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

Fd socket_of(int type) { return Fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0)); }

int bind_to(const Fd& socket, std::uint16_t number) {
  const auto address = address_of(number);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0
             ? 0
             : errno;
}

// 0, or the errno.
int send_to(const Fd& socket, std::uint16_t number, std::string_view text = "0123456789") {
  const auto to = address_of(number);
  const auto sent = ::sendto(socket.get(), text.data(), text.size(), 0,
                             reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  return sent >= 0 ? 0 : errno;
}

// What waits on the socket, which lo delivers at once; "" when there is nothing.
std::string receive(const Fd& socket) {
  char buffer[64];
  const auto length = ::recv(socket.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  return length < 0 ? "" : std::string(buffer, static_cast<std::size_t>(length));
}

int connect_to(const Fd& socket, std::uint16_t number) {
  const auto to = address_of(number);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0 ? 0
                                                                                          : errno;
}

class NetworkHooks : public testing::Test {
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
  void load(std::string_view program) {
    auto spec = test::spec_of("hook_network");
    for (auto& one : spec.programs) one.autoload = one.name == program;
    ASSERT_TRUE(spec.set("port", port));
    ASSERT_TRUE(spec.set("other", other_port));
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  const Program& program() { return object->programs()[0]; }
  std::uint64_t count() { return test::value_of<std::uint64_t>(*object, "count"); }

  // Datagrams to the port do not arrive while the link is there.
  void expect_drops(Result<Link> link, int send_error = 0) {
    ASSERT_TRUE(link) << test::text_of(link.error());
    ASSERT_TRUE(link->is_bpf_link());
    const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(send_to(sender, port), send_error);
    EXPECT_EQ(receive(receiver), "");
    EXPECT_EQ(count(), 100U);
    link->detach();
    EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
    EXPECT_EQ(send_to(sender, port), 0);
    EXPECT_EQ(receive(receiver), "0123456789");
    EXPECT_EQ(count(), 100U);
  }

  Fd receiver, sender;
  std::optional<Object> object;
};

TEST_F(NetworkHooks, Xdp) {
  load("on_xdp");
  expect_drops(program().attach(AttachDefaults{.interface = "lo"}));
}

TEST_F(NetworkHooks, XdpByIndexAndMode) {
  load("on_xdp");
  expect_drops(program().attach(Xdp{.interface = "1", .mode = Xdp::Mode::generic}));
}

TEST_F(NetworkHooks, XdpNeedsAnInterface) {
  load("on_xdp");
  const auto link = program().attach();
  ASSERT_FALSE(link);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("--iface"));
  const auto wrong = program().attach(Xdp{.interface = "eth99"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(test::text_of(wrong.error()), HasSubstr("There are: lo"));
}

TEST_F(NetworkHooks, XdpSaysWhoHoldsTheInterface) {
  load("on_xdp");
  const auto first = program().attach(Xdp{.interface = "lo"});
  ASSERT_TRUE(first);
  const auto second = program().attach(Xdp{.interface = "lo"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  EXPECT_THAT(test::text_of(second.error()),
              HasSubstr(fmt::format("program {} ('on_xdp'", program().id().value())));
}

TEST_F(NetworkHooks, TcxIngress) {
  load("on_tcx_ingress");
  expect_drops(program().attach(AttachDefaults{.interface = "lo"}));
}

TEST_F(NetworkHooks, TcxEgress) {
  load("on_tcx_egress");
  expect_drops(program().attach(AttachDefaults{.interface = "lo"}));
}

// Whoever stands in front drops what the other would have seen.
TEST_F(NetworkHooks, TcxBeforeAnother) {
  load("on_tcx_ingress");
  const auto first = program().attach(Tcx{.interface = "lo"});
  ASSERT_TRUE(first);
  const Object other = *std::move(object);
  const auto others_count = [&] { return test::value_of<std::uint64_t>(other, "count"); };
  load("on_tcx_ingress");
  const auto id = other.programs()[0].id().value();
  auto link = program().attach(Tcx{.interface = "lo", .before = id});
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_EQ(send_to(sender, port), 0);
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(others_count(), 0U);
  link->detach();
  EXPECT_EQ(send_to(sender, port), 0);
  EXPECT_EQ(others_count(), 1U);
  const auto lost = program().attach(Tcx{.interface = "lo", .after = 0x7fffffff});
  ASSERT_FALSE(lost);
  EXPECT_THAT(test::text_of(lost.error()), HasSubstr("No program with id 2147483647"));
}

TEST_F(NetworkHooks, InAnotherNamespace) {
  load("on_xdp");
  const Fd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);  // lo is down here, and another one
  const auto path = fmt::format("netns:/proc/self/fd/{}/lo", here.get());
  auto link = program().attach(Xdp{.interface = path});
  ASSERT_EQ(::setns(here.get(), CLONE_NEWNET), 0);
  expect_drops(std::move(link));
}

TEST_F(NetworkHooks, Netfilter) {
  load("on_netfilter");
  auto link = program().attach(Netfilter{.hook = Netfilter::Hook::local_in, .priority = 100});
  expect_drops(std::move(link));
}

TEST_F(NetworkHooks, SkLookup) {
  load("on_lookup");
  const Fd listener = socket_of(SOCK_STREAM);
  ASSERT_EQ(bind_to(listener, other_port), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  const std::uint32_t key = 0;
  const auto socket = static_cast<std::uint64_t>(listener.get());
  const auto put = object->map("sockets").value()->update(std::as_bytes(std::span(&key, 1)),
                                                          std::as_bytes(std::span(&socket, 1)));
  ASSERT_TRUE(put) << test::text_of(put.error());
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), ECONNREFUSED);
  auto link = program().attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), 0);
  EXPECT_EQ(count(), 1U);
  link->detach();
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), ECONNREFUSED);
}

TEST_F(NetworkHooks, SocketFilter) {
  load("on_socket");
  auto link = program().attach(Socket{.fd = receiver.get()});
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_EQ(send_to(sender, port), 0);
  EXPECT_EQ(receive(receiver), "0123");
  EXPECT_EQ(count(), 1U);
  link->detach();
  EXPECT_EQ(send_to(sender, port), 0);
  EXPECT_EQ(receive(receiver), "0123456789");
}

TEST_F(NetworkHooks, SkMsg) {
  load("on_message");
  const Fd listener = socket_of(SOCK_STREAM), client = socket_of(SOCK_STREAM);
  ASSERT_EQ(bind_to(listener, other_port), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  const Map* sockets = object->map("sockets").value();
  auto link = program().attach(SockMap{.map = sockets->fd()});
  ASSERT_TRUE(link) << test::text_of(link.error());
  ASSERT_EQ(connect_to(client, other_port), 0);
  const std::uint32_t key = 0;
  const auto socket = static_cast<std::uint64_t>(client.get());
  ASSERT_TRUE(
      sockets->update(std::as_bytes(std::span(&key, 1)), std::as_bytes(std::span(&socket, 1))));
  EXPECT_EQ(::send(client.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(count(), 1U);
}

// A cgroup of our own with this process in it.
class CgroupHooks : public NetworkHooks {
 protected:
  void SetUp() override {
    NetworkHooks::SetUp();
    auto root = hook::cgroup_root(kernel::real_syscalls());
    ASSERT_TRUE(root) << test::text_of(root.error());
    path = fmt::format("{}/skep-test-{}", *root, ::getpid());
    above = *root + std::filesystem::path(own_cgroup()).native();
    ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
    move_to(path);
    sender = socket_of(SOCK_DGRAM);  // a socket belongs to the cgroup in which it was made
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

TEST_F(CgroupHooks, Egress) {
  load("on_cgroup_egress");
  expect_drops(program().attach(AttachDefaults{.cgroup = path}), EPERM);
}

TEST_F(CgroupHooks, Connect) {
  load("on_connect");
  const Fd listener = socket_of(SOCK_STREAM);
  ASSERT_EQ(bind_to(listener, other_port), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  auto link = program().attach(Cgroup{.path = path});
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), 0);
  EXPECT_EQ(count(), 1U);
  link->detach();
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), ECONNREFUSED);
}

TEST_F(CgroupHooks, Bind) {
  load("on_bind");
  receiver = Fd();
  {
    const auto link = program().attach(Cgroup{.path = path});
    ASSERT_TRUE(link) << test::text_of(link.error());
    EXPECT_EQ(bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  }
  EXPECT_EQ(bind_to(socket_of(SOCK_DGRAM), port), 0);
}

TEST_F(CgroupHooks, Sockops) {
  load("on_sockops");
  const Fd listener = socket_of(SOCK_STREAM);
  ASSERT_EQ(bind_to(listener, port), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  const auto link = program().attach(AttachDefaults{.cgroup = path});
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_EQ(connect_to(socket_of(SOCK_STREAM), port), 0);
  EXPECT_EQ(count(), 1U);
}

TEST_F(CgroupHooks, ADirectoryThatIsNoCgroup) {
  load("on_bind");
  const auto link = program().attach(Cgroup{.path = "/tmp"});
  ASSERT_FALSE(link);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("/tmp is no directory of a cgroup"));
}

}  // namespace
}  // namespace skep
