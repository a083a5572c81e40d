// What a test run asks of the kernel, and what it makes of the answer; against one that answers as
// told. What the real one takes: tests/kernel/test_run.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/test_run.hpp"
#include "object/attach_type.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

const std::vector<std::byte> packet_of_60(60);

struct Asked {
  Result<TestRunResult> result;
  kernel::TestRunAttributes attributes;
};

// Runs a program of the type on a kernel that answers so.
Asked ask(ProgramType type, const TestRun& run, long answer = 0,
          const std::function<void(kernel::TestRunAttributes&)>& fill = {}) {
  test::FakeSyscalls sys;
  sys.on_bpf = [&](kernel::Command command, void* attributes) -> std::optional<long> {
    EXPECT_EQ(command, kernel::Command::program_test_run);
    if (fill) fill(*static_cast<kernel::TestRunAttributes*>(attributes));
    return answer;
  };
  auto result = kernel::test_run(sys, 7, {.name = "p", .type = type}, run);
  const auto attributes = sys.bpf_calls.empty() ? kernel::TestRunAttributes()
                                                : sys.bpf_calls[0].as<kernel::TestRunAttributes>();
  return {std::move(result), attributes};
}

TEST(KernelTestRun, APacketGoesInAndRoomForOneOut) {
  const auto asked = ask(ProgramType::sched_cls, {.data = packet_of_60, .repeat = 5});
  EXPECT_EQ(asked.attributes.program_fd, 7U);
  EXPECT_EQ(asked.attributes.data_in_size, 60U);
  EXPECT_EQ(asked.attributes.repeat, 5U);
  EXPECT_EQ(asked.attributes.data_out_size, TestRun().most_data);
  EXPECT_EQ(asked.attributes.context_in_size, 0U);
  EXPECT_GE(asked.attributes.context_out_size, sizeof(SkBuff));
  EXPECT_EQ(asked.attributes.flags, 0U);
}

TEST(KernelTestRun, NothingIsAskedThatTheTypeDoesNotGive) {
  const auto raw = ask(ProgramType::raw_tracepoint, {.context = Arguments{1, 2}, .cpu = 3});
  EXPECT_EQ(raw.attributes.context_in_size, 16U);
  EXPECT_EQ(raw.attributes.repeat, 0U);
  EXPECT_EQ(raw.attributes.context_out_size, 0U);
  EXPECT_EQ(raw.attributes.data_out_size, 0U);
  EXPECT_EQ(raw.attributes.flags, kernel::test_run_on_cpu);
  EXPECT_EQ(raw.attributes.cpu, 3U);
  const auto live = ask(ProgramType::xdp, {.data = packet_of_60,
                                           .context = XdpMd{.ingress_ifindex = 2},
                                           .repeat = 9,
                                           .live_frames = true,
                                           .batch = 4});
  EXPECT_EQ(live.attributes.flags, kernel::test_run_live_frames);
  EXPECT_EQ(live.attributes.data_out, 0U);
  EXPECT_EQ(live.attributes.context_out, 0U);
  EXPECT_EQ(live.attributes.batch_size, 4U);
  EXPECT_EQ(live.attributes.repeat, 9U);
}

TEST(KernelTestRun, TheAnswerIsReadAsFarAsItGoes) {
  const auto asked =
      ask(ProgramType::xdp, {.data = packet_of_60, .context = XdpMd{}}, 0,
          [](kernel::TestRunAttributes& attributes) {
            const auto* context = reinterpret_cast<const XdpMd*>(attributes.context_in);
            EXPECT_EQ(context->data_end, 60U);
            attributes.return_value = 2;
            attributes.duration = 33;
            attributes.data_out_size = 4;
            attributes.context_out_size = 8;  // an older kernel's
            const std::uint32_t context_out[] = {1, 64};
            std::memcpy(reinterpret_cast<void*>(attributes.context_out), context_out, 8);
          });
  ASSERT_TRUE(asked.result);
  EXPECT_EQ(asked.result->return_value, 2U);
  EXPECT_EQ(asked.result->duration.count(), 33);
  EXPECT_EQ(asked.result->data.size(), 4U);
  EXPECT_EQ(asked.result->context.size(), 8U);
  EXPECT_EQ(asked.result->context_as<XdpMd>()->data_end, 64U);
  EXPECT_EQ(asked.result->context_as<XdpMd>()->egress_ifindex, 0U);
}

TEST(KernelTestRun, NoSpaceIsACutAndNoErrorOnlyWhenItIsOne) {
  const auto cut =
      ask(ProgramType::sched_cls, {.data = packet_of_60, .most_data = 10}, -ENOSPC,
          [](kernel::TestRunAttributes& attributes) { attributes.data_out_size = 60; });
  ASSERT_TRUE(cut.result);
  EXPECT_EQ(cut.result->data.size(), 10U);
  EXPECT_EQ(cut.result->data_size, 60U);
  EXPECT_TRUE(cut.result->context.empty());
  const auto other = ask(ProgramType::sched_cls, {.data = packet_of_60}, -ENOSPC);
  ASSERT_FALSE(other.result);
  EXPECT_EQ(other.result.error().kind(), ErrorKind::limit);
}

TEST(KernelTestRun, EveryRefusalHasItsSentence) {
  const struct {
    int code;
    ErrorKind kind;
    const char* says;
  } cases[] = {
      {E2BIG, ErrorKind::invalid_argument, "members that this kernel does not know"},
      {ENODEV, ErrorKind::not_found, "an interface that is not in this network namespace"},
      {524, ErrorKind::unsupported, "this kernel cannot run sched_cls programs"},
      {EPERM, ErrorKind::permission, "run program 'p': Operation not permitted (EPERM)"},
      {EINTR, ErrorKind::system, "EINTR"},
      {ENOMEM, ErrorKind::limit, "ENOMEM"},
      {EINVAL, ErrorKind::invalid_argument, "EINVAL"},
  };
  for (const auto& one : cases) {
    const auto asked = ask(ProgramType::sched_cls, {.data = packet_of_60}, -one.code);
    ASSERT_FALSE(asked.result);
    EXPECT_EQ(asked.result.error().kind(), one.kind) << one.says;
    EXPECT_THAT(asked.result.error().message(), HasSubstr(one.says));
  }
}

TEST(KernelTestRun, WhatTheKernelWouldTakeForSomethingElseDoesNotReachIt) {
  const auto wrong = ask(ProgramType::xdp, {.data = packet_of_60, .context = SkBuff{}});
  ASSERT_FALSE(wrong.result);
  EXPECT_EQ(wrong.attributes.program_fd, 0U);
  EXPECT_THAT(wrong.result.error().message(),
              HasSubstr("run program 'p': the context of xdp programs is an XdpMd"));
  const auto bytes =
      ask(ProgramType::xdp, {.data = packet_of_60, .context = std::vector<std::byte>(24)});
  EXPECT_TRUE(bytes.result);
}

TEST(KernelTestRun, TheRulesOfTracingAndOfProgramMaps) {
  const ProgramSpec iterator{
      .name = "i",
      .type = ProgramType::tracing,
      .attach_type = static_cast<std::uint32_t>(object::AttachType::trace_iter)};
  EXPECT_THAT(kernel::broken_rule(iterator, {}), HasSubstr("fentry, fexit and fmod_ret alone"));
  const ProgramSpec cpu{.name = "c",
                        .type = ProgramType::xdp,
                        .attach_type = static_cast<std::uint32_t>(object::AttachType::xdp_cpumap)};
  EXPECT_THAT(kernel::broken_rule(cpu, {}), HasSubstr("xdp/cpumap"));
  const ProgramSpec plain{.name = "x", .type = ProgramType::xdp};
  EXPECT_EQ(kernel::broken_rule(plain, {.data = packet_of_60}), "");
}

}  // namespace
}  // namespace skep
