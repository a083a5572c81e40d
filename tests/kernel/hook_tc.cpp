// Filters of traffic control, by netlink: they drop what they shall, replace what was named, and
// leave alone what is another's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "hook/tc_netlink.hpp"
#include "kernel/veth.hpp"

namespace skep {
namespace {

using test::port, test::text_of;
using testing::HasSubstr;

class TcHooks : public test::NetworkHooks {
 protected:
  static Object loaded(std::string_view program = "on_tc") {
    auto spec = test::spec_of("hook_traffic");
    for (auto& one : spec.programs) one.autoload = one.name == program;
    EXPECT_TRUE(spec.set("port", port));
    return Object::load(std::move(spec)).value();
  }
  static std::uint64_t count_of(const Object& ours) {
    return test::value_of<std::uint64_t>(ours, "count");
  }
  static Link attached(const Object& ours, const Tc& hook) {
    auto link = ours.programs()[0].attach(hook);
    EXPECT_TRUE(link) << text_of(link.error());
    return *std::move(link);
  }
  static std::uint32_t id_of(const Object& ours) { return ours.programs()[0].id().value(); }
  // What the kernel has.
  static bool has_clsact(int interface) {
    auto netlink = hook::Netlink::open(kernel::real_syscalls(), Fd()).value();
    return hook::has_clsact(netlink, static_cast<std::uint32_t>(interface)).value();
  }
  static std::size_t filters(int interface, Direction direction) {
    auto netlink = hook::Netlink::open(kernel::real_syscalls(), Fd()).value();
    return hook::list_filters(netlink, static_cast<std::uint32_t>(interface), direction)->size();
  }
};

TEST_F(TcHooks, IngressDropsAndLeavesNothing) {
  const test::Veth veth;
  const auto ours = loaded();
  EXPECT_TRUE(veth.delivers(port));
  auto link = attached(ours, Tc{.interface = "far"});
  EXPECT_TRUE(veth.drops(port, [&] { return count_of(ours) > 0; }));
  EXPECT_TRUE(veth.delivers(test::other_port));
  EXPECT_EQ(count_of(ours), 1U);
  const auto info = link.info();
  ASSERT_TRUE(info) << text_of(info.error());
  EXPECT_EQ(info->program_id, id_of(ours));
  EXPECT_EQ(info->interface, static_cast<std::uint32_t>(veth.far));
  EXPECT_EQ(info->name, "on_tc");
  EXPECT_NE(info->priority, 0);
  EXPECT_THAT(describe(link.hook()), HasSubstr("tc far ingress, priority "));
  const auto detached = link.detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
  EXPECT_TRUE(veth.delivers(port));
  EXPECT_FALSE(has_clsact(veth.far));
}

TEST_F(TcHooks, EgressDropsAndTheDestructorDetaches) {
  const test::Veth veth;
  const auto ours = loaded("on_classifier");
  {
    const auto link = attached(ours, Tc{.interface = "near", .direction = Direction::egress});
    EXPECT_TRUE(veth.drops(port, [&] { return count_of(ours) > 0; }));
    EXPECT_EQ(count_of(ours), 1U);
  }
  EXPECT_TRUE(veth.delivers(port));
  EXPECT_FALSE(has_clsact(veth.near));
}

TEST_F(TcHooks, InAnotherNamespace) {
  const Fd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const auto ours = loaded();
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  auto link = attached(ours, Tc{.interface = fmt::format("netns:/proc/self/fd/{}/lo", here.get())});
  EXPECT_FALSE(has_clsact(1));
  ASSERT_EQ(::setns(here.get(), CLONE_NEWNET), 0);
  EXPECT_TRUE(has_clsact(1));
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(test::receive(receiver), "");
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  EXPECT_TRUE(link.detach());
  ASSERT_EQ(::setns(here.get(), CLONE_NEWNET), 0);
  EXPECT_FALSE(has_clsact(1));
}

// The qdisc stays as long as anybody has a filter there, and when it was there before.
TEST_F(TcHooks, TheQdiscOfOthersStays) {
  const auto ours = loaded(), other = loaded();
  auto first = attached(ours, Tc{.interface = "lo"});
  auto second = attached(other, Tc{.interface = "lo", .direction = Direction::egress});
  EXPECT_TRUE(first.detach());
  EXPECT_TRUE(has_clsact(1));
  EXPECT_EQ(filters(1, Direction::ingress), 0U);
  EXPECT_EQ(filters(1, Direction::egress), 1U);
  EXPECT_TRUE(second.detach());
  EXPECT_TRUE(has_clsact(1)) << "second did not make it";
}

TEST_F(TcHooks, LowerPrioritiesRunFirst) {
  const auto first = loaded(), second = loaded();
  const auto a = attached(second, Tc{.interface = "lo", .priority = 20});
  const auto b = attached(first, Tc{.interface = "lo", .priority = 10});
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(count_of(first), 1U);
  EXPECT_EQ(count_of(second), 0U);
}

TEST_F(TcHooks, WhatIsThereIsNamedAndStays) {
  const auto ours = loaded(), other = loaded();
  const Tc place{.interface = "lo", .priority = 7, .handle = 1};
  const auto link = attached(ours, place);
  const auto taken = other.programs()[0].attach(place);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::busy) << text_of(taken.error());
  EXPECT_THAT(text_of(taken.error()),
              HasSubstr(fmt::format("kind bpf with program {} ('on_tc'", id_of(ours))));
  auto wrong = place;
  wrong.replaces = id_of(other);
  const auto refused = other.programs()[0].attach(wrong);
  ASSERT_FALSE(refused);
  EXPECT_THAT(text_of(refused.error()), HasSubstr("is not there to be replaced"));
  EXPECT_EQ(link.info()->program_id, id_of(ours));
}

// Who names what is there may replace it; the first one then leaves it alone.
TEST_F(TcHooks, AReplacedFilterIsLeftAlone) {
  const auto ours = loaded(), other = loaded();
  Tc place{.interface = "lo", .priority = 7, .handle = 1};
  auto first = attached(ours, place);
  place.replaces = id_of(ours);
  auto second = attached(other, place);
  EXPECT_EQ(filters(1, Direction::ingress), 1U);
  const auto detached = first.detach();
  ASSERT_FALSE(detached);
  EXPECT_EQ(detached.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(detached.error()), HasSubstr(fmt::format("program {} (", id_of(other))));
  EXPECT_EQ(second.info()->program_id, id_of(other));
  EXPECT_TRUE(second.detach());
  EXPECT_EQ(filters(1, Direction::ingress), 0U);
}

TEST_F(TcHooks, UpdateLosesNoEvent) {
  const Object objects[] = {loaded(), loaded()};
  auto link = attached(objects[0], Tc{.interface = "lo"});
  std::atomic<bool> stop = false;
  std::uint64_t sent = 0;
  std::thread source([&] {
    for (; !stop; ++sent) EXPECT_EQ(test::send_to(sender, port), 0);
  });
  for (int i = 1; i <= 100; ++i) {
    const auto done = link.update(objects[i % 2].programs()[0]);
    EXPECT_TRUE(done) << text_of(done.error());
    const auto before = count_of(objects[i % 2]);
    EXPECT_TRUE(test::eventually([&] { return count_of(objects[i % 2]) > before; }));
  }
  stop = true;
  source.join();
  EXPECT_TRUE(
      test::eventually([&] { return count_of(objects[0]) + count_of(objects[1]) == sent; }));
  EXPECT_EQ(filters(1, Direction::ingress), 1U);
}

// Nobody is left who would take it off.
TEST_F(TcHooks, AFilterOutlivesItsProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto ours = loaded();
    const auto link = attached(ours, Tc{.interface = "lo"});
    ::raise(SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(filters(1, Direction::ingress), 1U);
  EXPECT_EQ(test::send_to(sender, port), 0);
  EXPECT_EQ(test::receive(receiver), "");
}

TEST_F(TcHooks, AFilterIsNotPinned) {
  const auto ours = loaded();
  auto link = attached(ours, Tc{.interface = "lo"});
  EXPECT_EQ(link.fd(), -1);
  const auto pinned = link.pin("/sys/fs/bpf/skep-never");
  ASSERT_FALSE(pinned);
  EXPECT_THAT(text_of(pinned.error()), HasSubstr("it is a tc filter"));
}

// This kernel has no actions that are programs; those of tests/vm have.
TEST_F(TcHooks, AnActionIsRefusedInWords) {
  const auto ours = loaded("on_action");
  const auto link = ours.attach({.interface = "lo"});
  if (link) return;
  EXPECT_THAT(text_of(link.error()), HasSubstr("CONFIG_NET_ACT_BPF"));
  EXPECT_FALSE(has_clsact(1));
}

}  // namespace
}  // namespace skep
