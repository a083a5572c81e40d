// Every kind of hook fires for real, sees what it should, and is gone by id when it is detached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/support.hpp"

// What the uprobes hang on: found by name in this very program.
extern "C" {
[[gnu::noinline, gnu::used, gnu::visibility("default")]] long skep_probed(long argument) {
  asm volatile("" : "+r"(argument));
  return argument + 1;
}
}

namespace skep {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class Hooks : public testing::Test {
 protected:
  void SetUp() override {
    auto spec = test::spec_of("hook_count");
    ASSERT_TRUE(spec.set("thread", test::thread_id()));
    ASSERT_TRUE(spec.set("call", long{SYS_getppid}));
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  const Program& program(std::string_view name) { return **object->program(name); }
  std::uint64_t count(std::string_view name) {
    return test::value_of<std::uint64_t>(*object, name);
  }
  // The link fires exactly while it is there, and its id is gone afterwards.
  void expect_fires(Result<Link> link, std::string_view counter, const std::function<void()>& go) {
    ASSERT_TRUE(link) << test::text_of(link.error());
    ASSERT_TRUE(link->is_bpf_link());
    const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
    EXPECT_EQ(count(counter), 0U);
    for (int i = 0; i < 1000; ++i) go();
    EXPECT_EQ(count(counter), 1000U);
    link->detach();
    EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
    for (int i = 0; i < 1000; ++i) go();
    EXPECT_EQ(count(counter), 1000U);
  }
  static std::string self() {
    char path[4096];
    const auto length = ::readlink("/proc/self/exe", path, sizeof(path));
    return {path, static_cast<std::size_t>(length)};
  }
  std::optional<Object> object;
};

const auto getppid_once = [] { test::call_getppid(); };
const auto probed_once = [] { skep_probed(41); };

TEST_F(Hooks, Tracepoint) { expect_fires(program("on_tp").attach(), "tp_count", getppid_once); }

TEST_F(Hooks, TracepointWithACookie) {
  const Tracepoint hook{.category = "syscalls", .name = "sys_enter_getppid", .cookie = 0xabcdef};
  expect_fires(program("on_tp").attach(hook), "tp_count", getppid_once);
  EXPECT_EQ(count("tp_cookie"), 0xabcdefU);
}

TEST_F(Hooks, RawTracepoint) {
  expect_fires(program("on_raw").attach(), "raw_count", getppid_once);
}

TEST_F(Hooks, BtfTracepoint) {
  expect_fires(program("on_btf").attach(), "btf_count", getppid_once);
}

TEST_F(Hooks, Uprobe) {
  const Uprobe hook{.binary = self(), .symbol = "skep_probed", .cookie = 77};
  expect_fires(program("on_uprobe").attach(hook), "uprobe_count", probed_once);
  EXPECT_EQ(test::value_of<long>(*object, "uprobe_argument"), 41);
  EXPECT_EQ(count("uprobe_cookie"), 77U);
}

TEST_F(Hooks, UprobeOfThisProcessOnly) {
  const Uprobe hook{.binary = self(), .symbol = "skep_probed", .pid = ::getpid()};
  expect_fires(program("on_uprobe").attach(hook), "uprobe_count", probed_once);
}

TEST_F(Hooks, Uretprobe) {
  const Uprobe hook{.binary = self(), .symbol = "skep_probed", .at_return = true};
  expect_fires(program("on_uretprobe").attach(hook), "uretprobe_count", probed_once);
  EXPECT_EQ(test::value_of<long>(*object, "uretprobe_value"), 42);
}

TEST_F(Hooks, UprobeOfAFunctionThatIsNotThere) {
  const auto link = program("on_uprobe").attach(Uprobe{.binary = self(), .symbol = "skep_probe"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::not_found) << test::text_of(link.error());
}

TEST_F(Hooks, ASectionWithoutATargetSaysWhatIsMissing) {
  const auto link = program("on_uprobe").attach();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(link.error().message(), HasSubstr("SEC(\"uprobe\") names no function"));
}

TEST_F(Hooks, ATracepointThatIsNotThereNamesItsNeighbours) {
  auto link = program("on_tp").attach(Tracepoint{"sched", "sched_proces_exec"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("sched_process_exec"));

  link = program("on_tp").attach(Tracepoint{"sced", "sched_switch"});
  ASSERT_FALSE(link);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("the nearest: sched"));
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("syscalls"));

  link = program("on_raw").attach(RawTracepoint{"sched_proces_exec"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("sched_process_exec"));

  link = program("on_raw").attach(RawTracepoint{"sys_enter_openat"});
  ASSERT_FALSE(link);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("tp/syscalls/sys_enter_openat"));
}

TEST_F(Hooks, AProgramOfAnotherTypeDoesNotFit) {
  const auto link = program("on_raw").attach(Tracepoint{"sched", "sched_switch"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code(), EINVAL);
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("raw_tracepoint"));
}

TEST_F(Hooks, TheSameProgramTwiceIsBusy) {
  const auto first = program("on_tp").attach();
  ASSERT_TRUE(first);
  const auto second = program("on_tp").attach();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
}

TEST_F(Hooks, ALinkKeepsItsProgramRunningAndDropsIt) {
  auto link = program("on_tp").attach();
  ASSERT_TRUE(link);
  const auto id = program("on_tp").id().value();
  const auto map = object->maps().front().id().value();
  object.reset();
  EXPECT_TRUE(kernel::exists(kernel::real_syscalls(), kernel::Thing::program, id).value());
  EXPECT_TRUE(kernel::exists(kernel::real_syscalls(), kernel::Thing::map, map).value());
  link->detach();
  EXPECT_TRUE(test::is_gone(kernel::Thing::program, id));
  EXPECT_TRUE(test::is_gone(kernel::Thing::map, map));
}

TEST_F(Hooks, AllAreDetachedSideBySide) {
  std::vector<Link> links;
  std::vector<std::uint32_t> ids;
  for (const char* name : {"getppid", "getpid", "getuid", "getgid", "geteuid", "getegid"}) {
    auto link = program("on_tp").attach(Tracepoint{"syscalls", fmt::format("sys_enter_{}", name)});
    ASSERT_TRUE(link) << test::text_of(link.error());
    ids.push_back(kernel::link_info(kernel::real_syscalls(), link->fd()).value().id);
    links.push_back(*std::move(link));
  }
  detach_all(std::move(links));
  for (const auto id : ids) EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
}

TEST(ObjectAttach, IsAllOrNothing) {
  auto spec = test::spec_of("hook_count");
  spec.find_program("on_uprobe")->autoload = false;
  spec.find_program("on_uretprobe")->autoload = false;
  auto good = Object::load(spec);
  ASSERT_TRUE(good) << test::text_of(good.error());
  auto links = good->attach();
  ASSERT_TRUE(links) << test::text_of(links.error());
  EXPECT_EQ(links->size(), 3U);
  detach_all(*std::move(links));

  spec.find_program("on_btf")->autoload = false;
  spec.find_program("on_uprobe")->autoload = true;  // has no target, and comes last
  auto bad = Object::load(spec);
  ASSERT_TRUE(bad);
  const auto id = bad->program("on_tp").value()->id().value();
  EXPECT_FALSE(bad->attach());
  const auto ids = kernel::all_ids(kernel::real_syscalls(), kernel::Thing::link).value();
  for (const auto link : ids) {
    const auto fd = kernel::open_by_id(kernel::real_syscalls(), kernel::Thing::link, link);
    if (!fd) continue;  // gone meanwhile
    const auto info = kernel::link_info(kernel::real_syscalls(), fd->get());
    EXPECT_TRUE(!info || info->program_id != id) << "link " << link << " was left";
  }
}

}  // namespace
}  // namespace skep
