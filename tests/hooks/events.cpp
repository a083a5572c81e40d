// Rows: events of the kernel: tracepoints, samples, and what is run by hand.
#include <sched.h>
#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "hooks/row.hpp"

extern "C" {
[[gnu::noinline, gnu::used]] void skep_row_watched() { asm volatile(""); }
}

namespace skep {
namespace {

using test::at, test::Effect, test::run_by_hand;

class Events : public test::Row {
 protected:
  static void call_once() { test::call_getppid(); }
  // It computes for twenty milliseconds, and is sampled.
  static Effect samples() {
    return [](const Object& object, const Link&) {
      const auto before = count_of(object);
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
      while (std::chrono::steady_clock::now() < end) continue;
      return count_of(object) > before;
    };
  }
  void sample(std::string row, const PerfEvent& hook) {
    lives({.row = std::move(row),
           .seen = "a process is sampled while it computes",
           .object = "hook_samples",
           .program = "on_sample",
           .effect = samples(),
           .hook = at(hook)});
  }
};

TEST_F(Events, Tracepoint) {
  lives({.row = "tp",
         .seen = "a system call, and the cookie",
         .object = "hook_count",
         .program = "on_tp",
         .effect = counts(call_once, "tp_count", "tp_cookie", 7),
         .hook = at(Tracepoint{.category = "syscalls", .name = "sys_enter_getppid", .cookie = 7})});
}

TEST_F(Events, RawTracepoint) {
  lives({.row = "raw_tp",
         .seen = "a system call, by its number",
         .object = "hook_count",
         .program = "on_raw",
         .effect = counts(call_once, "raw_count")});
}

TEST_F(Events, RawTracepointThatIsWritten) {
  lives({.row = "raw_tp.w",
         .seen = "a test run fails with the error that the program writes",
         .object = "row_functions",
         .program = "on_test_finish",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               return run_by_hand(object, "on_packet", true) == EIO &&
                      count_of(object) == before + 1;
             },
         .beside = "on_packet"});
}

TEST_F(Events, BtfTracepoint) {
  lives({.row = "tp_btf",
         .seen = "a system call, by its number",
         .object = "hook_count",
         .program = "on_btf",
         .effect = counts(call_once, "btf_count")});
}

TEST_F(Events, SamplesOfEveryCpu) {
  sample("perf_event, a frequency on every CPU", {.frequency = 999});
}

TEST_F(Events, SamplesOfAProcess) {
  sample("perf_event, a period in one process",
         {.event = PerfEvent::Event::task_clock, .period = 1'000'000, .pid = ::getpid()});
}

TEST_F(Events, SamplesOfACpu) {
  cpu_set_t all, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(all), &all), 0);
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
  sample("perf_event, a frequency on one CPU", {.frequency = 999, .cpu = 0});
  EXPECT_EQ(::sched_setaffinity(0, sizeof(all), &all), 0);
}

TEST_F(Events, SamplesOfAnEvent) {
  lives({.row = "perf_event, each page fault of a process",
         .seen = "a page that is touched",
         .object = "hook_samples",
         .program = "on_sample",
         .effect =
             [](const Object& object, const Link&) {
               constexpr std::size_t pages = 32, page = 4096;
               const auto before = count_of(object);
               void* memory = ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
               ::madvise(memory, pages * page, MADV_NOHUGEPAGE);
               std::memset(memory, 1, pages * page);
               ::munmap(memory, pages * page);
               return count_of(object) >= before + pages;
             },
         .hook = at(
             PerfEvent{.event = PerfEvent::Event::page_faults, .period = 1, .pid = ::getpid()})});
}

TEST_F(Events, ABreakpointOnData) {
  static volatile long watched;
  lives({.row = "perf_event, a breakpoint on data",
         .seen = "a variable that is written, and not one that is read",
         .object = "hook_samples",
         .program = "on_sample",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               static_cast<void>(watched);
               const auto read = count_of(object);
               watched = 1;
               return read == before && count_of(object) == before + 1;
             },
         .hook = at(PerfEvent{.event = PerfEvent::Event::breakpoint,
                              .period = 1,
                              .pid = ::getpid(),
                              .address = reinterpret_cast<std::uintptr_t>(&watched)})});
}

TEST_F(Events, ABreakpointOnCode) {
  lives({.row = "perf_event, a breakpoint on code",
         .seen = "a function that is called",
         .object = "hook_samples",
         .program = "on_sample",
         .effect = counts([] { skep_row_watched(); }),
         .hook = at(PerfEvent{.event = PerfEvent::Event::breakpoint,
                              .period = 1,
                              .pid = ::getpid(),
                              .address = reinterpret_cast<std::uintptr_t>(&skep_row_watched),
                              .access = PerfEvent::Access::execute})});
}

TEST_F(Events, SamplesOfAHardwareCounter) {
  sample("perf_event, a hardware counter",
         {.event = PerfEvent::Event::cpu_cycles, .frequency = 999});
}

// Nothing to attach: it runs when it is called.
TEST_F(Events, Syscall) {
  const test::Life life{.row = "syscall",
                        .seen = "a program that is run by hand counts; it hangs nowhere",
                        .object = "row_functions",
                        .program = "on_call",
                        .effect = {}};
  const auto object = load(life);
  if (!object) return refused(life, object.error());
  EXPECT_EQ(run_by_hand(*object, "on_call", false), 0);
  EXPECT_EQ(count_of(*object), 1U);
  EXPECT_FALSE(object->programs()[0].attach());
  seen_to_work(life);
}

}  // namespace
}  // namespace skep
