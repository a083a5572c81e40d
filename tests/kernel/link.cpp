// A link's whole life: pinned, adopted by another process, updated while events flow, detached by
// force; and that nothing is touched which is another's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/network.hpp"
#include "kernel/private_bpffs.hpp"

namespace skep {
namespace {

using test::eventually, test::is_gone, test::text_of;
using test::port, test::receive, test::send_to;
using testing::HasSubstr;
using Names = std::set<std::string>;

class Links : public test::NetworkHooks {
 protected:
  void SetUp() override {
    NetworkHooks::SetUp();
    ASSERT_TRUE(bpffs.is_there());
  }
  // Another object of the same program.
  static Object loaded(std::string_view program, std::string_view from = "hook_network") {
    auto spec = test::spec_of(from);
    for (auto& one : spec.programs) one.autoload = one.name == program;
    if (from == "hook_network") {
      EXPECT_TRUE(spec.set("port", port));
    }
    auto object = Object::load(std::move(spec));
    EXPECT_TRUE(object) << text_of(object.error());
    return *std::move(object);
  }
  static std::uint64_t count_of(const Object& object) {
    return test::value_of<std::uint64_t>(object, "count");
  }
  static Link attached(const Object& object, const Hook& hook) {
    auto link = object.programs()[0].attach(hook);
    EXPECT_TRUE(link) << text_of(link.error());
    return *std::move(link);
  }
  [[nodiscard]] bool arrives() const {
    EXPECT_EQ(send_to(sender, port), 0);
    return receive(receiver) != "";
  }

  test::PrivateBpffs bpffs;
};

// What a child process made, by id.
struct MadeByChild {
  std::uint32_t pinned_link, pinned_program;
  std::array<std::uint32_t, 3> links, programs;
};

// Attaches four programs, pins the first link, says what it made, and waits to be killed.
[[noreturn]] void live_and_wait(const std::filesystem::path& pin, int report) {
  MadeByChild made{};
  std::vector<Object> objects;
  std::vector<Link> links;
  const auto add = [&](std::string_view from, std::string_view program, const Hook& hook) {
    auto spec = test::spec_of(from);
    for (auto& one : spec.programs) one.autoload = one.name == program;
    if (from == "hook_network") spec.set("port", port).value();
    objects.push_back(Object::load(std::move(spec)).value());
    links.push_back(objects.back().programs()[0].attach(hook).value());
  };
  add("hook_network", "on_xdp", Xdp{.interface = "lo"});
  add("hook_network", "on_lookup", NetworkNamespace{});
  add("hook_count", "on_raw", RawTracepoint{.name = "sys_enter"});
  add("hook_count", "on_tp", Tracepoint{.category = "syscalls", .name = "sys_enter_getppid"});
  links[0].pin(pin).value();
  made.pinned_link = links[0].info()->id;
  made.pinned_program = objects[0].programs()[0].id().value();
  for (std::size_t i = 0; i < 3; ++i) {
    made.links[i] = links[i + 1].info()->id;
    made.programs[i] = objects[i + 1].programs()[0].id().value();
  }
  if (::write(report, &made, sizeof(made)) != sizeof(made)) ::_exit(1);
  for (;;) ::pause();
}

// kill -9 leaves what is pinned, which goes on working, and nothing else; then it is adopted.
TEST_F(Links, APinOutlivesKillNineAndIsAdopted) {
  const auto pin = bpffs.path() / "skep" / "xdp";
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) live_and_wait(pin, to.get());
  to.reset();
  MadeByChild made{};
  ASSERT_EQ(::read(from.get(), &made, sizeof(made)), static_cast<ssize_t>(sizeof(made)));
  EXPECT_FALSE(arrives());
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  for (const auto id : made.links) EXPECT_TRUE(is_gone(kernel::Thing::link, id));
  for (const auto id : made.programs) EXPECT_TRUE(is_gone(kernel::Thing::program, id));
  EXPECT_FALSE(arrives());

  auto link = Link::open(pin);
  ASSERT_TRUE(link) << text_of(link.error());
  const auto info = link->info();
  ASSERT_TRUE(info) << text_of(info.error());
  EXPECT_EQ(info->id, made.pinned_link);
  EXPECT_EQ(info->type, LinkType::xdp);
  EXPECT_EQ(info->program_id, made.pinned_program);
  EXPECT_EQ(info->interface, 1U);
  EXPECT_EQ(link->program(), "on_xdp");
  EXPECT_EQ(describe(link->hook()), "xdp 1");
  const auto next = loaded("on_xdp");
  const auto updated = link->update(next.programs()[0]);
  ASSERT_TRUE(updated) << text_of(updated.error());
  EXPECT_TRUE(is_gone(kernel::Thing::program, made.pinned_program));
  EXPECT_FALSE(arrives());
  EXPECT_EQ(count_of(next), 1U);
  const auto detached = link->detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
  EXPECT_EQ(bpffs.names(), Names{"skep"});
  EXPECT_TRUE(arrives());
  EXPECT_TRUE(is_gone(kernel::Thing::link, made.pinned_link));
}

TEST_F(Links, APinnedLinkOutlivesItsObjectUntilItIsUnpinned) {
  load("on_xdp");
  const auto pin = bpffs.path() / "xdp";
  std::uint32_t id = 0;
  {
    auto link = attached(*object, Xdp{.interface = "lo"});
    const auto pinned = link.pin(pin);
    ASSERT_TRUE(pinned) << text_of(pinned.error());
    EXPECT_EQ(link.pin_path(), pin);
    id = link.info()->id;
    const auto again = link.pin(bpffs.path() / "other");
    ASSERT_FALSE(again);
    EXPECT_THAT(text_of(again.error()), HasSubstr("Unpin it first"));
  }
  EXPECT_FALSE(arrives());
  {
    auto link = Link::open(pin).value();
    ASSERT_TRUE(link.unpin());
    EXPECT_TRUE(bpffs.names().empty());
    EXPECT_FALSE(arrives());
    EXPECT_FALSE(link.unpin());
  }
  EXPECT_TRUE(is_gone(kernel::Thing::link, id));
  EXPECT_TRUE(arrives());
}

TEST_F(Links, WhereAPinCannotBeIsSaid) {
  load("on_xdp");
  auto link = attached(*object, Xdp{.interface = "lo"});
  const auto outside = link.pin(std::filesystem::path(testing::TempDir()) / "skep-pin" / "xdp");
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(text_of(outside.error()), HasSubstr("mount -t bpf"));
  EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "/skep-pin"));

  load("on_lookup");
  auto other = attached(*object, NetworkNamespace{});
  ASSERT_TRUE(other.pin(bpffs.path() / "taken"));
  const auto taken = link.pin(bpffs.path() / "taken");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(taken.error()),
              HasSubstr(fmt::format("link {} (network namespace)", other.info()->id)));
}

TEST_F(Links, WhatIsPinnedMayBeNoLink) {
  auto spec = test::spec_of("map_pinned");
  ASSERT_TRUE(Object::load(spec, {.kernel_types = {}, .pin_root = bpffs.path()}));
  const auto opened = Link::open(bpffs.path() / "pinned_hash");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("is a map, no link"));
  const auto missing = Link::open(bpffs.path() / "nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
}

// A pin that somebody else put in its place stays.
TEST_F(Links, UnpinLeavesAnothersPinAlone) {
  load("on_xdp");
  auto link = attached(*object, Xdp{.interface = "lo"});
  const auto pin = bpffs.path() / "pin";
  ASSERT_TRUE(link.pin(pin));
  std::filesystem::remove(pin);
  load("on_lookup");
  auto other = attached(*object, NetworkNamespace{});
  ASSERT_TRUE(other.pin(pin));
  const auto unpinned = link.unpin();
  ASSERT_FALSE(unpinned);
  EXPECT_EQ(unpinned.error().kind(), ErrorKind::busy);
  EXPECT_THAT(text_of(unpinned.error()), HasSubstr("it was left there"));
  EXPECT_FALSE(link.detach());  // detached, and says that the pin is another's
  EXPECT_EQ(bpffs.names(), Names{"pin"});
  EXPECT_TRUE(arrives());
}

// Events that flow meet the old program or the new one: none is lost, none is doubled.
class Updates : public Links, public testing::WithParamInterface<const char*> {};

TEST_P(Updates, LoseNoEvent) {
  constexpr int updates = 300;
  const std::string_view name = GetParam();
  const Object objects[] = {loaded(name), loaded(name)};
  auto link = attached(
      objects[0], name == "on_xdp" ? Hook(Xdp{.interface = "lo"}) : Hook(Tcx{.interface = "lo"}));
  std::atomic<bool> stop = false;
  std::uint64_t sent = 0;
  std::thread source([&] {
    for (; !stop; ++sent) EXPECT_EQ(send_to(sender, port), 0);
  });
  for (int i = 1; i <= updates; ++i) {
    const auto done = link.update(objects[i % 2].programs()[0]);
    EXPECT_TRUE(done) << text_of(done.error());
    const auto before = count_of(objects[i % 2]);
    EXPECT_TRUE(eventually([&] { return count_of(objects[i % 2]) > before; })) << i;
  }
  stop = true;
  source.join();
  EXPECT_GT(sent, static_cast<std::uint64_t>(updates));
  EXPECT_TRUE(eventually([&] { return count_of(objects[0]) + count_of(objects[1]) == sent; }));
  EXPECT_EQ(receive(receiver), "");
  EXPECT_EQ(link.info()->program_id, objects[updates % 2].programs()[0].id().value());
}

INSTANTIATE_TEST_SUITE_P(All, Updates, testing::Values("on_xdp", "on_tcx_ingress"),
                         [](const auto& program) { return std::string(program.param); });

// Only what we put there, or found there, is replaced.
TEST_F(Links, UpdateLeavesAnothersProgramAlone) {
  const auto first = loaded("on_xdp"), second = loaded("on_xdp"), third = loaded("on_xdp");
  auto link = attached(first, Xdp{.interface = "lo"});
  ASSERT_TRUE(link.pin(bpffs.path() / "xdp"));
  auto same = Link::open(bpffs.path() / "xdp").value();
  ASSERT_TRUE(link.update(second.programs()[0]));
  const auto refused = same.update(third.programs()[0]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::busy) << text_of(refused.error());
  EXPECT_THAT(text_of(refused.error()),
              HasSubstr(fmt::format("program {} ('on_xdp'", second.programs()[0].id().value())));
  EXPECT_EQ(same.info()->program_id, second.programs()[0].id().value());
  EXPECT_TRUE(Link::open(bpffs.path() / "xdp")->update(third.programs()[0]));
  ASSERT_TRUE(link.unpin());
}

TEST_F(Links, UpdateRefusesWhatCannotBe) {
  load("on_xdp");
  auto link = attached(*object, Xdp{.interface = "lo"});
  const auto other = loaded("on_tcx_ingress");
  const auto wrong = link.update(other.programs()[0]);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(text_of(wrong.error()), HasSubstr("the same type and attach type"));

  const auto tracing = loaded("on_tp", "hook_count");
  auto tracepoint =
      attached(tracing, Tracepoint{.category = "syscalls", .name = "sys_enter_getppid"});
  const auto never = tracepoint.update(tracing.programs()[0]);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(text_of(never.error()), HasSubstr("of a link of type perf event"));
}

// By force: others who hold the same link hold nothing any more.
TEST_F(Links, DetachTakesItFromEverybody) {
  load("on_xdp");
  auto link = attached(*object, Xdp{.interface = "lo"});
  ASSERT_TRUE(link.pin(bpffs.path() / "xdp"));
  auto other = Link::open(bpffs.path() / "xdp").value();
  EXPECT_FALSE(arrives());
  ASSERT_TRUE(link.detach());
  EXPECT_EQ(link.fd(), -1);
  EXPECT_TRUE(arrives());
  EXPECT_TRUE(bpffs.names().empty());
  EXPECT_EQ(other.info()->interface, 0U);
  EXPECT_TRUE(link.detach()) << "a second time is no error";
  EXPECT_FALSE(link.pin(bpffs.path() / "xdp"));
}

// A tracepoint cannot be detached by force: its pin goes, and with the descriptor so does it.
TEST_F(Links, DetachTakesThePinAway) {
  const auto tracing = loaded("on_raw", "hook_count");
  auto link = attached(tracing, RawTracepoint{.name = "sys_enter"});
  ASSERT_TRUE(link.pin(bpffs.path() / "raw"));
  const auto id = link.info()->id;
  const auto detached = link.detach();
  ASSERT_TRUE(detached) << text_of(detached.error());
  EXPECT_TRUE(bpffs.names().empty());
  EXPECT_TRUE(is_gone(kernel::Thing::link, id));
}

// Attached by ioctl, as on kernels before 5.15: what has no bpf_link says so.
TEST_F(Links, APerfEventWithoutALinkSaysWhatItCannot) {
  class NoLinks final : public test::FaultySyscalls {
   public:
    long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
      if (command == static_cast<std::uint32_t>(kernel::Command::link_create)) return -EINVAL;
      return FaultySyscalls::bpf(command, attributes, size);
    }
  };
  NoLinks sys;
  auto spec = test::spec_of("hook_count");
  for (auto& one : spec.programs) one.autoload = one.name == "on_tp";
  const auto old = Object::load(std::move(spec), {.kernel_types = {}, .syscalls = &sys}).value();
  auto link = attached(old, Tracepoint{.category = "syscalls", .name = "sys_enter_getppid"});
  EXPECT_FALSE(link.is_bpf_link());
  for (const auto& text :
       {text_of(link.pin(bpffs.path() / "p").error()), text_of(link.info().error()),
        text_of(link.update(old.programs()[0]).error())}) {
    EXPECT_THAT(text, HasSubstr("a perf event without a bpf_link"));
  }
  EXPECT_TRUE(link.detach());
}

TEST_F(Links, SeveralLinksAreNotPinnedAsOne) {
  const auto samples = loaded("on_sample", "hook_samples");
  auto link = attached(samples, PerfEvent{.frequency = 49});
  if (std::thread::hardware_concurrency() == 1) GTEST_SKIP() << "one CPU";
  const auto pinned = link.pin(bpffs.path() / "samples");
  ASSERT_FALSE(pinned);
  EXPECT_THAT(text_of(pinned.error()), HasSubstr("one for each CPU"));
}

// What the kernel tells of each type.
TEST_F(Links, InfoSaysWhereItHangs) {
  const auto raw = loaded("on_raw", "hook_count");
  EXPECT_EQ(attached(raw, RawTracepoint{.name = "sys_enter"}).info()->name, "sys_enter");

  const auto tp = loaded("on_tp", "hook_count");
  const Tracepoint getppid{.category = "syscalls", .name = "sys_enter_getppid", .cookie = 7};
  const auto of_tp = attached(tp, getppid).info();
  EXPECT_EQ(of_tp->type, LinkType::perf_event);
  EXPECT_EQ(of_tp->perf, PerfKind::tracepoint);
  EXPECT_EQ(of_tp->name, "sys_enter_getppid");
  EXPECT_EQ(of_tp->cookie, 7U);

  const auto btf = loaded("on_btf", "hook_count");
  const auto of_btf = attached(btf, BtfTracepoint{.name = "sys_enter"}).info();
  EXPECT_EQ(of_btf->type, LinkType::raw_tracepoint);
  EXPECT_EQ(of_btf->name, "sys_enter");

  const auto sample = loaded("on_sample", "hook_samples");
  const PerfEvent faults{
      .event = PerfEvent::Event::page_faults, .period = 1, .pid = ::getpid(), .cookie = 9};
  const auto of_sample = attached(sample, faults).info();
  EXPECT_EQ(of_sample->perf, PerfKind::event);
  EXPECT_EQ(of_sample->event_type, 1U);  // software
  EXPECT_EQ(of_sample->event_config, 2U);
  EXPECT_EQ(of_sample->cookie, 9U);

  const auto task = loaded("on_task", "hook_samples");
  const auto of_task = attached(task, Iterator{.target = "task", .pid = 1}).info();
  EXPECT_EQ(of_task->type, LinkType::iterator);
  EXPECT_EQ(of_task->name, "task");

  const auto tcx = loaded("on_tcx_egress");
  const auto of_tcx = attached(tcx, Tcx{.interface = "lo", .direction = Direction::egress}).info();
  EXPECT_EQ(of_tcx->type, LinkType::tcx);
  EXPECT_EQ(of_tcx->interface, 1U);
  EXPECT_EQ(of_tcx->attach_type, 47U);

  struct stat network{};
  ASSERT_EQ(::stat("/proc/thread-self/ns/net", &network), 0);
  const auto lookup = loaded("on_lookup");
  EXPECT_EQ(attached(lookup, NetworkNamespace{}).info()->network, network.st_ino);

  const auto filter = loaded("on_netfilter");
  const Netfilter forward{.ipv6 = true, .hook = Netfilter::Hook::forward, .priority = -5};
  auto of_filter = attached(filter, forward);
  EXPECT_EQ(of_filter.info()->priority, -5);
  ASSERT_TRUE(of_filter.pin(bpffs.path() / "filter"));
  EXPECT_EQ(describe(Link::open(bpffs.path() / "filter")->hook()), describe(forward));

  const auto message = loaded("on_message");
  const auto* sockets = message.map("sockets").value();
  EXPECT_EQ(attached(message, SockMap{.map = sockets->fd()}).info()->map, sockets->id().value());

  const auto connect = loaded("on_connect");
  const auto root = hook::cgroup_root(kernel::real_syscalls()).value();
  auto of_root = attached(connect, Cgroup{.path = root});
  struct stat group{};
  ASSERT_EQ(::stat(root.c_str(), &group), 0);
  EXPECT_EQ(of_root.info()->cgroup, group.st_ino);
  ASSERT_TRUE(of_root.pin(bpffs.path() / "root"));
  EXPECT_EQ(describe(Link::open(bpffs.path() / "root")->hook()), "cgroup " + root);
}

}  // namespace
}  // namespace skep
