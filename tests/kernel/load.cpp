// Loading on the running kernel: programs written by hand, and the compiled ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "base/bytes.hpp"
#include "kernel/host.hpp"
#include "kernel/program_load.hpp"
#include "kernel/support.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// The instructions used below (RFC 9669).
constexpr Insn set(std::uint8_t r, std::int32_t value) {
  return {.code = 0xb7, .registers = r, .imm = value};
}
constexpr Insn leave{.code = 0x95};

Result<Fd> load(std::vector<Insn> code,
                ProgramSpec spec = {.name = "by_hand", .type = ProgramType::tracepoint}) {
  object::LinkedProgram program;
  program.name = spec.name;
  program.instructions = std::move(code);
  const std::string license = "GPL";
  return kernel::load_program(kernel::real_syscalls(), spec, program, {.license = &license});
}

TEST(Load, TakesAProgramWrittenByHand) {
  auto loaded = load({set(0, 0), leave});
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  const auto info = kernel::program_info(kernel::real_syscalls(), loaded->get()).value();
  EXPECT_STREQ(info.name, "by_hand");
  EXPECT_EQ(info.verified_instructions, 2U);
  loaded->reset();
  EXPECT_TRUE(test::is_gone(kernel::Thing::program, info.id));
}

TEST(Load, ARejectionCarriesTheVerifiersLog) {
  const auto loaded = load({{.code = 0xbf, .registers = 0x20}, leave});  // r0 = r2, never set
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::rejected);
  EXPECT_EQ(loaded.error().code(), EACCES);
  EXPECT_THAT(loaded.error().message(), HasSubstr("R2 !read_ok"));
  EXPECT_THAT(loaded.error().report(), HasSubstr("R2 !read_ok"));
  EXPECT_THAT(loaded.error().report(), HasSubstr("processed 1 insns"));
}

// A loop is followed round by round: a log longer than the first buffer, which must come back
// whole.
TEST(Load, ALogOfManyMegabytesComesBackWhole) {
  const auto loaded = load({
      set(6, 0),
      {.code = 0x07, .registers = 6, .imm = 1},                   // r6 += 1
      {.code = 0x85, .imm = 5},                                   // call bpf_ktime_get_ns
      {.code = 0xa5, .registers = 6, .off = -3, .imm = 120'000},  // if r6 < 120000 goto add
      {.code = 0xbf, .registers = 0x90},                          // r0 = r9, never set
      leave,
  });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::rejected);
  EXPECT_EQ(loaded.error().code(), EACCES);
  const std::string& log = loaded.error().report();
  EXPECT_GT(log.size(), 16U << 20);
  EXPECT_THAT(log.substr(0, 40), testing::StartsWith("0: R1=ctx("));
  EXPECT_THAT(log.substr(log.size() - 400), HasSubstr("R9 !read_ok\nprocessed 360002 insns"));
}

TEST(Load, ALicenseThatDoesNotFitIsNamed) {
  object::LinkedProgram program;
  program.name = "prints";
  program.instructions = {set(1, 0), set(2, 0), {.code = 0x85, .imm = 6}, set(0, 0), leave};
  const std::string license = "MIT";
  const auto loaded =
      kernel::load_program(kernel::real_syscalls(), {.name = "p", .type = ProgramType::tracepoint},
                           program, {.license = &license});
  ASSERT_FALSE(loaded);
  ASSERT_FALSE(loaded.error().hints().empty());
  EXPECT_THAT(loaded.error().hints()[0], HasSubstr("license is 'MIT'"));
}

TEST(Load, ATypeThatNoKernelKnowsIsUnsupported) {
  const auto loaded =
      load({set(0, 0), leave}, {.name = "p", .type = static_cast<ProgramType>(10'000)});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(loaded.error().report(), "");
}

TEST(Object, LoadsWhatClangCompiled) {
  auto spec = test::spec_of("hook_count");
  ASSERT_TRUE(spec.set("thread", test::thread_id()));
  auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_TRUE(object->notes().empty()) << object->notes()[0];
  EXPECT_EQ(object->programs().size(), 5U);
  const auto program = object->program("on_tp");
  ASSERT_TRUE(program);
  const auto info = (*program)->info().value();
  EXPECT_EQ(info.name, "on_tp");
  EXPECT_GT(info.verified_instructions, 3U);
  EXPECT_EQ(info.recursion_misses, 0U);
  EXPECT_THAT(object->program("on_pt").error().message(), HasSubstr("on_btf"));
  EXPECT_EQ(object->map("nothing").error().kind(), ErrorKind::not_found);
}

TEST(Object, IsGoneByIdWhenItIsDropped) {
  std::vector<std::uint32_t> programs, maps;
  {
    auto object = Object::load(test::spec_of("hook_count"));
    ASSERT_TRUE(object);
    for (const auto& program : object->programs()) programs.push_back(program.id().value());
    for (const auto& map : object->maps()) maps.push_back(map.id().value());
  }
  ASSERT_EQ(programs.size(), 5U);
  ASSERT_FALSE(maps.empty());
  for (const auto id : programs) EXPECT_TRUE(test::is_gone(kernel::Thing::program, id));
  for (const auto id : maps) EXPECT_TRUE(test::is_gone(kernel::Thing::map, id));
}

// What a program array has goes with the last descriptor or pin of user space, whoever else holds
// the array: docs/lifetime.md. (It is not asked for by its id here: a kernel that is asked while it
// empties an array forgets to free it, prog_array_map_clear of kernel/bpf/arraymap.c.)
TEST(Object, AProgramArrayForgetsItsProgramsWithTheLastDescriptor) {
  std::optional<Object> object = test::must(Object::load(test::spec_of("map_programs")));
  const auto* loaded = test::must(object->program("entry"));
  const Program entry(kernel::real_syscalls(), Fd(::dup(loaded->fd())), loaded->spec());
  const auto result = [&] { return test::must(entry.run()).return_value; };
  EXPECT_EQ(result(), 1U);  // by two tail calls
  object.reset();
  EXPECT_TRUE(test::eventually([&] { return result() == 0; }));
}

TEST(Object, AFailureLeavesNothingBehind) {
  const auto before = test::open_descriptors();
  auto spec = test::spec_of("hook_count");
  // The last program is refused by the verifier, after all else was made: its last but one
  // instruction, r0 = 0, becomes r0 = r9.
  auto& code = spec.functions[spec.programs.back().function].instructions;
  code[code.size() - 2] = {.code = 0xbf, .registers = 0x90};
  const auto object = Object::load(std::move(spec));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::rejected);
  EXPECT_FALSE(object.error().report().empty());
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Object, ManyThreadsMayLoadAtOnce) {
  std::atomic<int> loaded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        auto spec = ObjectSpec::open(SKEP_TEST_OBJECTS "/hook_count.bpf.o");
        if (spec && Object::load(*std::move(spec))) ++loaded;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(loaded, 20);
}

TEST(Host, KnowsTheRunningKernel) {
  auto& sys = kernel::real_syscalls();
  const auto types = kernel::read_kernel_types(sys);
  ASSERT_TRUE(types) << test::text_of(types.error());
  EXPECT_TRUE(types->find("task_struct", btf::Kind::struct_));
  EXPECT_GE(kernel::kernel_build_id(sys).value().size(), 32U);
  const auto cpus = kernel::possible_cpus(sys).value();
  EXPECT_GE(cpus, std::thread::hardware_concurrency());
}

TEST(Tracefs, IsOpenedAndLeavesNoMount) {
  auto& sys = kernel::real_syscalls();
  const auto mounts = [&] {
    return kernel::read_kernel_file(sys, AT_FDCWD, "/proc/self/mountinfo").value();
  };
  const auto before = mounts();
  {
    const auto tracefs = kernel::open_tracefs(sys);
    ASSERT_TRUE(tracefs) << test::text_of(tracefs.error());
    const auto categories = kernel::list_directories(sys, tracefs->get(), "events").value();
    EXPECT_THAT(categories, testing::Contains("sched"));
    EXPECT_EQ(mounts(), before);
  }
  EXPECT_EQ(mounts(), before);
}

}  // namespace
}  // namespace skep
