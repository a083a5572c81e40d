// Hooks of the network and of cgroups that the kernel of the tests' own machine lacks or refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include "kernel/network.hpp"

namespace skep {
namespace {

using test::port, test::receive, test::send_to, test::socket_of, test::text_of;

class NetworkOfOthers : public test::NetworkHooks {
 protected:
  // Datagrams to the port do not arrive while the link is there.
  void expect_drops_until_detached(Result<Link> link) {
    ASSERT_TRUE(link) << text_of(link.error());
    EXPECT_EQ(send_to(sender, port), 0);
    EXPECT_EQ(receive(receiver), "");
    EXPECT_EQ(count(), 1U);
    const auto detached = link->detach();
    EXPECT_TRUE(detached) << text_of(detached.error());
    EXPECT_EQ(send_to(sender, port), 0);
    EXPECT_EQ(receive(receiver), "0123456789");
    EXPECT_EQ(count(), 1U);
  }
};

TEST_F(NetworkOfOthers, Freplace) {
  auto spec = test::spec_of("hook_replace");
  ASSERT_TRUE(spec.set("port", port));
  spec.find_program("instead")->autoload = false;
  const auto target = Object::load(spec);
  ASSERT_TRUE(target) << text_of(target.error());
  const auto underneath = target->programs()[0].attach(Xdp{.interface = "lo"});
  ASSERT_TRUE(underneath) << text_of(underneath.error());

  spec.find_program("instead")->autoload = true;
  spec.find_program("on_xdp")->autoload = false;
  auto loaded = Object::load(
      spec,
      {.kernel_types = {}, .targets = {{"instead", {.program = target->programs()[0].fd()}}}});
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  object.emplace(*std::move(loaded));
  auto link = program().attach();
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_EQ(describe(link->hook()), "freplace decide");
  const auto info = link->info();
  ASSERT_TRUE(info) << text_of(info.error());
  EXPECT_EQ(info->type, LinkType::tracing);
  EXPECT_EQ(info->target_object, target->programs()[0].id().value());
  const auto twice = program().attach();
  EXPECT_FALSE(twice);
  expect_drops_until_detached(std::move(link));
}

TEST_F(NetworkOfOthers, TcAction) {
  load("on_action", "hook_traffic");
  expect_drops_until_detached(program().attach({.interface = "lo"}));
}

// 6.1 has no tcx: SEC("tc") is a filter there.
TEST_F(NetworkOfOthers, TcByItsSection) {
  utsname name{};
  ::uname(&name);
  const bool has_tcx = !std::string_view(name.release).starts_with("6.1.");
  load("on_tc", "hook_traffic");
  auto link = program().attach({.interface = "lo"});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_EQ(std::holds_alternative<Tcx>(link->hook()), has_tcx);
  EXPECT_EQ(link->is_bpf_link(), has_tcx);
  expect_drops_until_detached(std::move(link));
}

using CgroupOfOthers = test::CgroupHooks;

TEST_F(CgroupOfOthers, Lsm) {
  auto spec = test::spec_of("hook_kernel");
  for (auto& one : spec.programs) one.autoload = one.name == "on_lsm_cgroup";
  ASSERT_TRUE(spec.set("process", static_cast<int>(::getpid())));
  ASSERT_TRUE(spec.set("refuses", true));
  auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  auto link = loaded->programs()[0].attach(Cgroup{.path = path});
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), test::other_port), EPERM);
  EXPECT_EQ(test::value_of<std::uint64_t>(*loaded, "count"), 1U);
  EXPECT_EQ(link->info()->type, LinkType::cgroup);
  EXPECT_TRUE(link->detach());
  EXPECT_EQ(test::bind_to(socket_of(SOCK_DGRAM), test::other_port), 0);
}

}  // namespace
}  // namespace skep
