// What the kernel holds and who holds it; beside bpftool, which nobody here wrote.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/support.hpp"
#include "skep/introspect.hpp"

namespace skep {
namespace {

Object load(std::string_view name) {
  auto loaded = Object::load(test::spec_of(name));
  if (!loaded) ADD_FAILURE() << test::text_of(loaded.error());
  return *std::move(loaded);
}

std::chrono::nanoseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

nlohmann::json bpftool(const std::string& arguments) {
  std::FILE* pipe = ::popen(("bpftool -j " + arguments).c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const auto n = std::fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << out;
  return nlohmann::json::parse(out, nullptr, false);
}

template <typename Infos>
auto find(const Result<Infos>& all, std::uint32_t id) {
  using Info = typename Infos::value_type;
  if (!all) {
    ADD_FAILURE() << test::text_of(all.error());
    return Info{};
  }
  const auto at = std::ranges::find(*all, id, &Info::id);
  if (at == all->end()) {
    ADD_FAILURE() << "nothing has the id " << id;
    return Info{};
  }
  return *at;
}

TEST(Introspect, AProgramIsWhatBpftoolSaysThatItIs) {
  const auto before = since_boot();
  const Object object = load("hook_count");
  const auto after = since_boot();
  const auto all = list_programs();
  for (const Program& program : object.programs()) {
    SCOPED_TRACE(program.name());
    const auto info = find(all, program.id().value());
    EXPECT_EQ(info.type, program.spec().type);
    EXPECT_GE(info.loaded, before);
    EXPECT_LE(info.loaded, after);
    EXPECT_TRUE(info.gpl_compatible);
    EXPECT_GT(info.memlock, 0U);
    const auto says = bpftool(fmt::format("prog show id {}", info.id));
    EXPECT_EQ(info.name, says.at("name").get<std::string>());
    std::string tag;
    for (const auto byte : info.tag) tag += fmt::format("{:02x}", byte);
    EXPECT_EQ(tag, says.at("tag").get<std::string>());
    EXPECT_EQ(info.user, says.at("uid").get<std::uint32_t>());
    EXPECT_EQ(info.translated_bytes, says.at("bytes_xlated").get<std::uint32_t>());
    EXPECT_EQ(info.jited_bytes, says.value("bytes_jited", 0U));
    EXPECT_EQ(info.memlock, says.at("bytes_memlock").get<std::uint64_t>());
    EXPECT_EQ(info.map_ids, says.at("map_ids").get<std::vector<std::uint32_t>>());
    EXPECT_EQ(info.types_id, says.at("btf_id").get<std::uint32_t>());
    const auto types = find(list_types(), info.types_id);
    EXPECT_FALSE(types.is_kernels);
    EXPECT_GT(types.bytes, 0U);
  }
}

TEST(Introspect, MapsLinksAndTypesAreListed) {
  const Object object = load("hook_count");
  const auto maps = list_maps();
  for (const Map& map : object.maps()) {
    const auto info = find(maps, map.id().value());
    EXPECT_EQ(info.type, map.type());
    EXPECT_EQ(info.value_size, map.spec().value_size);
    EXPECT_EQ(info.name, map.spec().kernel_name);
  }
  const Program& program = **object.program("on_tp");
  const auto link = program.attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto info = find(list_links(), link->info()->id);
  EXPECT_EQ(info.type, LinkType::perf_event);
  EXPECT_EQ(info.program_id, program.id().value());
  const auto types = list_types();
  ASSERT_TRUE(types);
  EXPECT_EQ(std::ranges::count_if(*types,
                                  [](const TypesInfo& one) {
                                    return one.is_kernels && one.name == "vmlinux" &&
                                           one.bytes > 1'000'000;
                                  }),
            1);
}

// Programs and maps come and go meanwhile, and each that stays is seen.
TEST(Introspect, WhatGoesMeanwhileIsLeftOut) {
  const Object stays = load("hook_count");
  const auto id = stays.programs()[0].id().value();
  std::atomic<bool> stop = false;
  std::atomic<unsigned> rounds = 0;
  std::jthread others([&] {
    while (!stop) {
      const Object object = load("hook_count");
      const auto link = (*object.program("on_tp"))->attach();
      ++rounds;
    }
  });
  for (int i = 0; i < 50 || rounds < 5; ++i) {
    EXPECT_EQ(find(list_programs(), id).id, id);
    EXPECT_TRUE(list_maps());
    EXPECT_TRUE(list_links());
    EXPECT_TRUE(list_types());
  }
  stop = true;
}

TEST(Introspect, AVisitEndsWhenItIsTold) {
  const Object object = load("hook_count");
  int seen = 0;
  const auto ended = visit_programs([&](LoadedProgram one) {
    EXPECT_TRUE(one.fd);
    ++seen;
    return Result<bool>(seen < 2);
  });
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen, 2);
  const auto failed = visit_maps([&](const LoadedMap&) -> Result<bool> {
    return std::unexpected(Error(ErrorKind::limit, "enough"));
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "enough");
}

TEST(Introspect, RunsAreCountedWhileSomebodyAsks) {
  auto spec = test::spec_of("test_run");
  for (auto& one : spec.programs) one.autoload = one.name == "on_socket";
  auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded);
  const Program& program = loaded->programs()[0];
  const std::vector<std::byte> frame(64);
  {
    const auto statistics = RunStatistics::enable();
    ASSERT_TRUE(statistics) << test::text_of(statistics.error());
    ASSERT_TRUE(program.run({.data = frame, .repeat = 1000}));
    EXPECT_EQ(program.info()->run_count, 1000U);
    EXPECT_GT(program.info()->run_time_ns, 0U);
    const auto both = RunStatistics::enable();
    ASSERT_TRUE(both);
  }
  EXPECT_EQ(program.info()->run_count, 1000U);
}

// A process that has what we have until its end of a pipe is closed.
class Child {
 public:
  explicit Child(const char* name) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    id = ::fork();
    if (id == 0) {
      ::prctl(PR_SET_NAME, name);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[1]);
      char byte = 0;
      static_cast<void>(!::read(ends[0], &byte, 1));
      ::_exit(0);
    }
    ::close(ends[0]);
    end_.reset(ends[1]);
  }
  ~Child() {
    end_.reset();
    ::waitpid(id, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t id = 0;

 private:
  Fd end_;
};

TEST(Introspect, WhoHoldsWhat) {
  const Object object = load("hook_count");
  const Program& program = **object.program("on_tp");
  const auto link = program.attach();
  ASSERT_TRUE(link);
  const Child child("skep-holder");
  const auto holders = find_holders();
  ASSERT_TRUE(holders) << test::text_of(holders.error());
  const auto expect_held = [&](HeldThing thing, std::uint32_t id, int fd) {
    // Who lists all things of the machine holds ours for a moment, too.
    const auto of_process = [&](pid_t process) {
      auto some = holders->of(thing, id);
      std::erase_if(some, [&](const Holder& one) { return one.process != process; });
      return some;
    };
    const auto ours = of_process(::getpid());
    ASSERT_EQ(ours.size(), 1U);
    EXPECT_EQ(ours[0].fd, fd);
    EXPECT_FALSE(ours[0].by_perf_event);
    EXPECT_EQ(of_process(child.id).size(), 1U);
  };
  expect_held(HeldThing::program, program.id().value(), program.fd());
  expect_held(HeldThing::map, object.maps()[0].id().value(), object.maps()[0].fd());
  expect_held(HeldThing::link, link->info()->id, link->fd());
  EXPECT_GE(holders->of(HeldThing::types, program.info()->types_id).size(), 2U);
  const auto one = find_holders(child.id);
  ASSERT_TRUE(one);
  ASSERT_EQ(one->of(HeldThing::program, program.id().value()).size(), 1U);
  EXPECT_TRUE(
      std::ranges::all_of(one->all, [&](const Holder& each) { return each.process == child.id; }));
  EXPECT_TRUE(
      test::eventually([&] { return find_holders(child.id)->all[0].command == "skep-holder"; }));
  const auto none = find_holders(999'999'999);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), ErrorKind::not_found);
}

// Before kernel 5.15 a program hangs on its perf event, and nothing else holds it.
TEST(Introspect, APerfEventHoldsItsProgram) {
  class NoLinks final : public test::FaultySyscalls {
    long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
      if (command == static_cast<std::uint32_t>(kernel::Command::link_create)) return -EINVAL;
      return FaultySyscalls::bpf(command, attributes, size);
    }
  } sys;
  auto loaded = Object::load(test::spec_of("hook_count"), {.syscalls = &sys});
  ASSERT_TRUE(loaded);
  const Program& program = **loaded->program("on_tp");
  const auto link = program.attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  ASSERT_FALSE(link->is_bpf_link());
  const auto holders = find_holders(::getpid());
  ASSERT_TRUE(holders);
  const auto some = holders->of(HeldThing::program, program.id().value());
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(std::ranges::count_if(some, &Holder::by_perf_event), 1);
}

}  // namespace
}  // namespace skep
