// Hooks of the network fire for real, have their effect, and are gone when they are detached. Each
// test is a process of its own, in a network namespace of its own with nothing but lo.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/network.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

using test::bind_to, test::connect_to, test::receive, test::send_to, test::socket_of;
using test::CgroupHooks, test::NetworkHooks;
using test::other_port, test::port;

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
