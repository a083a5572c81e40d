// Hooks on routes, sockets of a map, sockets that share a port, flows, and cgroups without a link:
// each with its effect.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <unistd.h>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/link.hpp"
#include "kernel/veth.hpp"

namespace skep {
namespace {

using test::other_port, test::port, test::socket_of, test::text_of;
using testing::AnyOf;
using testing::HasSubstr;

constexpr std::uint16_t data_port = 7003;

class TrafficHooks : public test::NetworkHooks {
 protected:
  void load(std::string_view program) { NetworkHooks::load(program, "hook_traffic"); }
  void put_socket(const char* map, std::uint32_t key, const Fd& socket) {
    const auto value = static_cast<std::uint64_t>(socket.get());
    const auto put = object->map(map).value()->update(std::as_bytes(std::span(&key, 1)),
                                                      std::as_bytes(std::span(&value, 1)));
    ASSERT_TRUE(put) << text_of(put.error());
  }
  static void bring_up(const char* interface) {
    ifreq request{};
    std::strcpy(request.ifr_name, interface);
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(::ioctl(socket_of(SOCK_DGRAM).get(), SIOCSIFFLAGS, &request), 0);
  }
  // 0, or the errno.
  int send_to_host(const char* host, std::uint16_t number) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(number);
    ::inet_pton(AF_INET, host, &to.sin_addr);
    return ::sendto(sender.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) ==
                   1
               ? 0
               : errno;
  }
};

// What is sent by the route does not leave.
TEST_F(TrafficHooks, LwtOut) {
  load("on_lwt_out");
  auto link = program().attach(Route{.destination = "10.9.9.0/24", .interface = "lo"});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_EQ(send_to_host("10.9.9.1", port), EPERM);
  EXPECT_EQ(send_to_host("10.9.9.1", other_port), 0);
  EXPECT_EQ(count(), 1U);
  const auto detached = link->detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
  EXPECT_EQ(send_to_host("10.9.9.1", port), ENETUNREACH);
}

TEST_F(TrafficHooks, LwtXmit) {
  load("on_lwt_xmit");
  auto link = program().attach(Route{.destination = "10.9.9.0/24", .interface = "lo", .metric = 5});
  ASSERT_TRUE(link) << text_of(link.error());
  send_to_host("10.9.9.1", port);
  send_to_host("10.9.9.1", other_port);
  EXPECT_EQ(count(), 1U);
  EXPECT_TRUE(link->detach());
  EXPECT_EQ(send_to_host("10.9.9.1", port), ENETUNREACH);
}

// What is delivered by the route.
TEST_F(TrafficHooks, LwtIn) {
  load("on_lwt_in");
  const test::Veth veth;
  auto link =
      program().attach(Route{.destination = "10.9.8.2", .interface = "far", .is_local = true});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_EQ(send_to_host("10.9.8.2", port), 0);
  EXPECT_EQ(count(), 1U);
  EXPECT_TRUE(link->detach());
  send_to_host("10.9.8.2", port);
  EXPECT_EQ(count(), 1U);
}

TEST_F(TrafficHooks, LwtSeg6Local) {
  load("on_segment");
  const test::Veth veth;
  auto link = program().attach(Route{.destination = "fd09::1", .interface = "far"});
  ASSERT_TRUE(link) << text_of(link.error());
  const auto frame = veth.frame_with_segments();
  EXPECT_TRUE(test::eventually([&] {
    veth.send_frame(frame);
    return count() > 0;
  }));
  EXPECT_TRUE(veth.delivers(port));  // what was sent before has passed
  const auto seen = count();
  EXPECT_TRUE(link->detach());
  veth.send_frame(frame);
  EXPECT_TRUE(veth.delivers(port));
  EXPECT_EQ(count(), seen);
}

TEST_F(TrafficHooks, ARouteThatIsThereStays) {
  load("on_lwt_out");
  const Route route{.destination = "10.9.9.0/24", .interface = "lo"};
  auto first = program().attach(route);
  ASSERT_TRUE(first) << text_of(first.error());
  const auto second = program().attach(route);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(second.error()), HasSubstr("ip route show"));
  EXPECT_EQ(send_to_host("10.9.9.1", port), EPERM);
  const auto wrong = program().attach(Route{.destination = "10.9.9/24", .interface = "lo"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(text_of(wrong.error()), HasSubstr("is no address"));
}

TEST_F(TrafficHooks, SkReuseport) {
  load("on_reuseport");
  const int on = 1;
  const Fd sockets[] = {socket_of(SOCK_DGRAM), socket_of(SOCK_DGRAM)};
  for (std::uint32_t i = 0; i < 2; ++i) {
    ASSERT_EQ(::setsockopt(sockets[i].get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    ASSERT_EQ(test::bind_to(sockets[i], data_port), 0);
    put_socket("shared", i, sockets[i]);
  }
  auto link = program().attach(Socket{.fd = sockets[0].get()});
  ASSERT_TRUE(link) << text_of(link.error());
  const auto arrive_at_second = [&] {
    int out = 0;
    for (int i = 0; i < 64; ++i) {
      const Fd from = socket_of(SOCK_DGRAM);  // each with a port, and so a hash, of its own
      EXPECT_EQ(test::send_to(from, data_port), 0);
      out += test::receive(sockets[1]).empty() ? 0 : 1;
    }
    return out;
  };
  EXPECT_EQ(arrive_at_second(), 64);
  EXPECT_EQ(count(), 64U);
  EXPECT_TRUE(link->detach());
  EXPECT_LT(arrive_at_second(), 64);
  EXPECT_EQ(count(), 64U);
}

TEST_F(TrafficHooks, SkReuseportNeedsASharedPort) {
  load("on_reuseport");
  const auto link = program().attach(Socket{.fd = receiver.get()});
  ASSERT_FALSE(link);
  EXPECT_THAT(text_of(link.error()), HasSubstr("SO_REUSEPORT"));
}

// Two connections: what arrives at the first one's far end goes to the second one's.
class SkSkb : public TrafficHooks {
 protected:
  struct Pair {
    Fd client, server;
  };
  void SetUp() override {
    TrafficHooks::SetUp();
    listener = socket_of(SOCK_STREAM);
    ASSERT_EQ(test::bind_to(listener, data_port), 0);
    ASSERT_EQ(::listen(listener.get(), 4), 0);
  }
  [[nodiscard]] Pair connect() const {
    Pair out{socket_of(SOCK_STREAM), Fd()};
    EXPECT_EQ(test::connect_to(out.client, data_port), 0);
    out.server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return out;
  }
  static std::string read(const Fd& socket, std::size_t length) {
    std::string out;
    test::eventually([&] { return (out += test::receive(socket)).size() >= length; });
    return out;
  }
  Fd listener;
};

TEST_F(SkSkb, Verdict) {
  load("on_verdict");
  const auto a = connect(), b = connect();
  auto link = program().attach(SockMap{.map = object->map("sockets").value()->fd()});
  ASSERT_TRUE(link) << text_of(link.error());
  put_socket("sockets", 0, a.server);
  put_socket("sockets", 1, b.server);
  ASSERT_EQ(::send(a.client.get(), "hello", 5, 0), 5);
  EXPECT_EQ(read(b.client, 5), "hello");
  EXPECT_GE(count(), 1U);
  EXPECT_EQ(test::receive(a.server), "");
}

TEST_F(SkSkb, ParserAndVerdict) {
  auto spec = test::spec_of("hook_traffic");
  for (auto& one : spec.programs) one.autoload = one.name == "on_parser" || one.name == "on_stream";
  object.emplace(Object::load(std::move(spec)).value());
  const int map = object->map("sockets").value()->fd();
  const auto a = connect(), b = connect();
  auto parser = object->program("on_parser").value()->attach(SockMap{.map = map});
  ASSERT_TRUE(parser) << text_of(parser.error());
  auto verdict = object->program("on_stream").value()->attach(SockMap{.map = map});
  ASSERT_TRUE(verdict) << text_of(verdict.error());
  put_socket("sockets", 0, a.server);
  put_socket("sockets", 1, b.server);
  ASSERT_EQ(::send(a.client.get(), "aabb", 4, 0), 4);
  EXPECT_EQ(read(b.client, 4), "aabb");
  EXPECT_EQ(count(), 2U);  // records of two bytes
}

TEST_F(SkSkb, AMapTakesOne) {
  load("on_verdict");
  const int map = object->map("sockets").value()->fd();
  const auto link = program().attach(SockMap{.map = map});
  ASSERT_TRUE(link) << text_of(link.error());
  const Object first = *std::move(object);
  load("on_verdict");
  const auto second = program().attach(SockMap{.map = map});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  // Older kernels tell who holds it.
  EXPECT_THAT(text_of(second.error()),
              AnyOf(HasSubstr("one program of each kind"), HasSubstr("it holds program")));
}

// A kernel without links (before 5.7): BPF_PROG_ATTACH.
class NoLinks final : public test::FaultySyscalls {
 public:
  long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
    if (command == static_cast<std::uint32_t>(kernel::Command::link_create)) return -EINVAL;
    return FaultySyscalls::bpf(command, attributes, size);
  }
};

TEST_F(SkSkb, WithoutALinkItIsOnTheMapItself) {
  NoLinks sys;
  auto spec = test::spec_of("hook_traffic");
  for (auto& one : spec.programs) one.autoload = one.name == "on_verdict";
  object.emplace(Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value());
  const Object other = Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value();
  const int map = object->map("sockets").value()->fd();
  const auto a = connect(), b = connect();
  auto link = program().attach(SockMap{.map = map});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_FALSE(link->is_bpf_link());
  const auto second = other.programs()[0].attach(SockMap{.map = map});
  ASSERT_FALSE(second) << "it would have replaced the first one";
  EXPECT_THAT(text_of(second.error()),
              HasSubstr(fmt::format("program {} (", program().id().value())));
  put_socket("sockets", 0, a.server);
  put_socket("sockets", 1, b.server);
  ASSERT_EQ(::send(a.client.get(), "hello", 5, 0), 5);
  EXPECT_EQ(read(b.client, 5), "hello");
  EXPECT_TRUE(link->detach());
  EXPECT_TRUE(other.programs()[0].attach(SockMap{.map = map}));
}

// Flows are looked at when a packet is given to one of several sockets by its flow.
TEST_F(TrafficHooks, FlowDissector) {
  load("on_dissect");
  auto link = program().attach();
  ASSERT_TRUE(link) << text_of(link.error());
  const Fd packets(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  const int fanout = (::getpid() & 0xffff) | PACKET_FANOUT_HASH << 16;
  ASSERT_EQ(::setsockopt(packets.get(), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)), 0);
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_TRUE(test::eventually([&] { return count() > 0; }));

  const auto first = program().id().value();
  const Object other = *std::move(object);
  load("on_dissect");
  const auto second = program().attach();
  ASSERT_FALSE(second);
  EXPECT_THAT(text_of(second.error()), HasSubstr(fmt::format("this one has program {} (", first)));
  EXPECT_TRUE(link->detach());
  EXPECT_TRUE(program().attach());
}

TEST_F(TrafficHooks, XdpInTheDriver) {
  NetworkHooks::load("on_xdp");
  const test::Veth veth;
  EXPECT_TRUE(veth.delivers(port));
  auto link = program().attach(Xdp{.interface = "far", .mode = Xdp::Mode::native});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_TRUE(veth.drops(port, [&] { return count() > 0; }));
  EXPECT_EQ(count(), 1U);
  EXPECT_TRUE(link->detach());
  EXPECT_TRUE(veth.delivers(port));
}

TEST_F(TrafficHooks, XdpModesThatCannotBeAreRefusedInWords) {
  NetworkHooks::load("on_xdp");
  const auto native = program().attach(Xdp{.interface = "lo", .mode = Xdp::Mode::native});
  ASSERT_FALSE(native);
  EXPECT_THAT(text_of(native.error()), HasSubstr("take mode generic"));
  const auto offload = program().attach(Xdp{.interface = "lo", .mode = Xdp::Mode::offload});
  ASSERT_FALSE(offload);
  EXPECT_THAT(text_of(offload.error()), HasSubstr("The card of lo runs no programs"));
}

TEST_F(TrafficHooks, XdpWithoutALink) {
  NoLinks sys;
  auto spec = test::spec_of("hook_network");
  for (auto& one : spec.programs) one.autoload = one.name == "on_xdp";
  ASSERT_TRUE(spec.set("port", port));
  object.emplace(Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value());
  const Object other = Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value();
  auto link = program().attach(Xdp{.interface = "lo"});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_FALSE(link->is_bpf_link());
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(count(), 1U);
  const auto taken = other.programs()[0].attach(Xdp{.interface = "lo"});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::busy) << text_of(taken.error());
  EXPECT_THAT(text_of(taken.error()),
              HasSubstr(fmt::format("program {} (", program().id().value())));
  ASSERT_TRUE(link->update(other.programs()[0]));
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(count(), 1U);
  const auto detached = link->detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(test::receive(receiver), "0123456789");
}

class CgroupSharing : public test::CgroupHooks {
 protected:
  [[nodiscard]] bool refuses_bind() {
    return test::bind_to(socket_of(SOCK_DGRAM), data_port) == EPERM;
  }
};

TEST_F(CgroupSharing, WithoutALinkOthersMayHangThere) {
  NoLinks sys;
  auto spec = test::spec_of("hook_network");
  for (auto& one : spec.programs) one.autoload = one.name == "on_bind";
  ASSERT_TRUE(spec.set("port", data_port));
  object.emplace(Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value());
  const Object other = Object::load(spec, {.kernel_types = {}, .syscalls = &sys}).value();
  auto link = program().attach(Cgroup{.path = path});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_FALSE(link->is_bpf_link());
  auto second = other.programs()[0].attach(Cgroup{.path = path});
  ASSERT_TRUE(second) << text_of(second.error());
  EXPECT_TRUE(refuses_bind());
  EXPECT_TRUE(link->detach());
  EXPECT_TRUE(refuses_bind());
  EXPECT_TRUE(second->detach());
  EXPECT_FALSE(refuses_bind());
}

// All that share a hook run, though one of them refuses: those here, and those of the group above.
TEST_F(CgroupSharing, ManyRunHereAndAbove) {
  const auto below = path + "/below";
  ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
  std::vector<Object> objects;
  std::vector<Link> links;
  for (const auto& where : {path, below, below}) {
    load("on_bind");
    auto link = program().attach(Cgroup{.path = where});
    ASSERT_TRUE(link) << text_of(link.error());
    links.push_back(*std::move(link));
    objects.push_back(*std::move(object));
  }
  const auto counts = [&] {
    std::vector<std::uint64_t> out;
    for (const auto& one : objects) out.push_back(test::value_of<std::uint64_t>(one, "count"));
    return out;
  };
  using testing::ElementsAre;
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  EXPECT_THAT(counts(), ElementsAre(1, 0, 0)) << "this process is above";
  move_to(below);
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  EXPECT_THAT(counts(), ElementsAre(2, 1, 1));
  EXPECT_TRUE(links[1].detach());
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  EXPECT_THAT(counts(), ElementsAre(3, 1, 2));
  links.clear();
  move_to(path);
  EXPECT_EQ(::rmdir(below.c_str()), 0);
}

// One that may be overridden takes the hook for itself here, but not in a cgroup below.
TEST_F(CgroupSharing, OverridableIsNeitherReplacedNorReplaces) {
  load("on_bind");
  const Cgroup alone{.path = path, .sharing = Cgroup::Sharing::overridable};
  auto link = program().attach(alone);
  ASSERT_TRUE(link) << text_of(link.error());
  const auto id = program().id().value();
  const Object first = *std::move(object);
  load("on_bind");
  const auto second = program().attach(alone);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(second.error()), HasSubstr(fmt::format("program {} (", id)));
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  const auto below = path + "/below";
  ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
  EXPECT_TRUE(program().attach(Cgroup{.path = below, .sharing = Cgroup::Sharing::overridable}));
  EXPECT_TRUE(link->detach());
  EXPECT_EQ(::rmdir(below.c_str()), 0);
}

TEST_F(CgroupSharing, WhoSharesWithNobodyIsNamed) {
  load("on_bind");
  auto link = program().attach(Cgroup{.path = path, .sharing = Cgroup::Sharing::none});
  ASSERT_TRUE(link) << text_of(link.error());
  const auto id = program().id().value();
  const Object first = *std::move(object);
  load("on_bind");
  const auto second = program().attach(Cgroup{.path = path});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(second.error()), HasSubstr(fmt::format("program {} (", id)));
}

// Somebody else took ours off and put his there.
TEST_F(CgroupSharing, AnothersProgramIsLeftAlone) {
  load("on_bind");
  const Cgroup alone{.path = path, .sharing = Cgroup::Sharing::none};
  auto link = program().attach(alone);
  ASSERT_TRUE(link) << text_of(link.error());
  const Object first = *std::move(object);
  load("on_bind");
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto type = program().spec().attach_type;
  auto& sys = kernel::real_syscalls();
  ASSERT_TRUE(kernel::attach_program(sys, program().fd(), directory.get(), type));  // replaces ours
  const auto detached = link->detach();
  ASSERT_FALSE(detached);
  EXPECT_EQ(detached.error().kind(), ErrorKind::busy);
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), port), EPERM);
  EXPECT_TRUE(kernel::detach_program(sys, program().fd(), directory.get(), type));
}

}  // namespace
}  // namespace skep
