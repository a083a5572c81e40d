// Hooks that no kernel of ours can fire: what the kernel is told, to the last attribute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/eventfd.h>

#include "kernel/link_attributes.hpp"
#include "object/attach_type.hpp"
#include "skep/object.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using object::AttachType;

class Unfireable : public testing::Test {
 protected:
  Program loaded(ProgramType type, AttachType attach_type, std::string section = "") {
    return {sys,
            Fd(::eventfd(0, EFD_CLOEXEC)),
            {.name = "p",
             .section = std::move(section),
             .type = type,
             .attach_type = static_cast<std::uint32_t>(attach_type)}};
  }
  test::FakeSyscalls sys;
};

TEST_F(Unfireable, XdpOnTheCardItself) {
  const auto program = loaded(ProgramType::xdp, AttachType::xdp);
  const auto link = program.attach(Xdp{.interface = "1", .mode = Xdp::Mode::offload});
  ASSERT_TRUE(link) << link.error().message();
  const auto made = sys.of(kernel::Command::link_create);
  ASSERT_EQ(made.size(), 1U);
  const auto attributes = made[0].as<kernel::LinkAttributes>();
  EXPECT_EQ(attributes.program_fd, static_cast<std::uint32_t>(program.fd()));
  EXPECT_EQ(attributes.target, 1U);
  EXPECT_EQ(attributes.attach_type, 37U) << "BPF_XDP";
  EXPECT_EQ(attributes.flags, 8U) << "XDP_FLAGS_HW_MODE";
}

TEST_F(Unfireable, EventsThatTheCpuCounts) {
  sys.files["/sys/devices/system/cpu/online"] = "0-1\n";
  const auto program = loaded(ProgramType::perf_event, AttachType::perf_event);
  using Event = PerfEvent::Event;
  for (const auto& [event, config] : {std::pair(Event::cpu_cycles, PERF_COUNT_HW_CPU_CYCLES),
                                      std::pair(Event::instructions, PERF_COUNT_HW_INSTRUCTIONS)}) {
    sys.perf_events.clear();
    const auto often = program.attach(PerfEvent{.event = event, .frequency = 99});
    ASSERT_TRUE(often) << often.error().message();
    ASSERT_EQ(sys.perf_events.size(), 2U) << "one a CPU";
    for (int cpu = 0; cpu < 2; ++cpu) {
      const auto& [attributes, pid, on] = sys.perf_events[static_cast<std::size_t>(cpu)];
      EXPECT_EQ(attributes.type, PERF_TYPE_HARDWARE);
      EXPECT_EQ(attributes.config, config);
      EXPECT_EQ(attributes.freq, 1U);
      EXPECT_EQ(attributes.sample_freq, 99U);
      EXPECT_EQ(pid, -1);
      EXPECT_EQ(on, cpu);
    }
    sys.perf_events.clear();
    const auto seldom = program.attach(PerfEvent{.event = event, .period = 1'000'000, .pid = 42});
    ASSERT_TRUE(seldom) << seldom.error().message();
    ASSERT_EQ(sys.perf_events.size(), 1U);
    EXPECT_EQ(sys.perf_events[0].attributes.freq, 0U);
    EXPECT_EQ(sys.perf_events[0].attributes.sample_period, 1'000'000U);
    EXPECT_EQ(sys.perf_events[0].pid, 42);
    EXPECT_EQ(sys.perf_events[0].cpu, -1);
  }
  sys.perf_result = -ENOENT;
  const auto refused = program.attach(PerfEvent{.event = Event::cpu_cycles, .frequency = 99});
  EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(refused.error().hints(),
              testing::Contains(testing::HasSubstr("no performance counters")));
}

TEST_F(Unfireable, SessionsOfAFunction) {
  const auto program =
      loaded(ProgramType::tracing, AttachType::trace_fsession, "fsession/do_unlinkat");
  const auto link =
      program.attach(Trampoline{.kind = "fsession", .function = "do_unlinkat", .cookie = 0x1234});
  ASSERT_TRUE(link) << link.error().message();
  const auto made = sys.of(kernel::Command::link_create);
  ASSERT_EQ(made.size(), 1U);
  const auto attributes = made[0].as<kernel::TracingLinkAttributes>();
  EXPECT_EQ(attributes.program_fd, static_cast<std::uint32_t>(program.fd()));
  EXPECT_EQ(attributes.target, 0U) << "the function is known since it was loaded";
  EXPECT_EQ(attributes.attach_type, 58U) << "BPF_TRACE_FSESSION (7.0)";
  EXPECT_EQ(attributes.cookie, 0x1234U);
}

}  // namespace
}  // namespace skep
