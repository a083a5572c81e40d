#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/perf.hpp"
#include "kernel/host.hpp"

namespace skep::hook {
namespace {

using Event = PerfEvent::Event;

struct EventCode {
  std::uint32_t type;
  std::uint64_t config;
};

EventCode code_of(Event event) noexcept {
  switch (event) {
    case Event::cpu_clock:
      return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK};
    case Event::task_clock:
      return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK};
    case Event::page_faults:
      return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS};
    case Event::context_switches:
      return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES};
    case Event::cpu_migrations:
      return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS};
    case Event::cpu_cycles:
      return {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES};
    case Event::instructions:
      return {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS};
    case Event::breakpoint:
      return {PERF_TYPE_BREAKPOINT, 0};
  }
  return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK};
}

// What a breakpoint waits for. Of an instruction, the length must be that of a long.
void watch(perf_event_attr& event, const PerfEvent& hook) noexcept {
  using Access = PerfEvent::Access;
  event.bp_addr = hook.address;
  event.bp_len = hook.access == Access::execute ? sizeof(long) : hook.length;
  event.bp_type = hook.access == Access::execute ? HW_BREAKPOINT_X
                  : hook.access == Access::write ? HW_BREAKPOINT_W
                                                 : HW_BREAKPOINT_RW;
}

// One event follows a process wherever it runs; all processes take one on each CPU.
Result<std::vector<EventScope>> scopes_of(const PerfEvent& hook, kernel::Syscalls& sys) {
  if (hook.cpu != -1) return std::vector<EventScope>{{hook.pid, hook.cpu}};
  if (hook.pid != -1) return std::vector<EventScope>{{hook.pid, -1}};
  SKEP_TRY(const auto cpus, kernel::online_cpus(sys));
  std::vector<EventScope> scopes;
  scopes.reserve(cpus.size());
  for (const auto cpu : cpus) scopes.push_back({-1, static_cast<int>(cpu)});
  return scopes;
}

Error explained(Error error, const PerfEvent& hook, std::uint32_t type) {
  if (error.code() == ENOENT && type == PERF_TYPE_HARDWARE) {
    return std::move(error)
        .as(ErrorKind::unsupported)
        .hint(
            "This machine has no performance counters (virtual machines seldom do): take "
            "cpu_clock.");
  }
  if (type == PERF_TYPE_BREAKPOINT && error.code() == ENOSPC) {
    return std::move(error).hint("All breakpoints of the CPU are in use.");
  }
  if (type == PERF_TYPE_BREAKPOINT && (error.code() == EINVAL || error.code() == EOPNOTSUPP)) {
    return std::move(error).hint(
        "A breakpoint takes 1, 2, 4 or 8 bytes at an address that their number divides.");
  }
  if (error.code() == EINVAL && hook.frequency != 0) {
    return std::move(error).hint(fmt::format(
        "{} Hz may be more than sysctl kernel.perf_event_max_sample_rate allows.", hook.frequency));
  }
  return error;
}

}  // namespace

Result<Link> attach(const Program& program, const PerfEvent& hook, Host& host) {
  if ((hook.frequency == 0) == (hook.period == 0)) {
    return fail(ErrorKind::invalid_argument,
                "a perf event needs a frequency (samples a second) or a period, one of them");
  }
  if (hook.event == Event::breakpoint && hook.address == 0) {
    return fail(ErrorKind::invalid_argument, "a breakpoint needs an address");
  }
  const auto code = code_of(hook.event);
  perf_event_attr event{};
  event.type = code.type;
  event.config = code.config;
  event.freq = hook.frequency != 0 ? 1 : 0;
  event.sample_freq =
      hook.frequency != 0 ? hook.frequency : hook.period;  // a union with the period
  event.inherit = 0;
  if (hook.event == Event::breakpoint) watch(event, hook);
  SKEP_TRY(const auto scopes, scopes_of(hook, host.syscalls()));
  auto link = attach_to_events(program, hook, event, scopes, hook.cookie, host);
  if (link) return link;
  return std::unexpected(explained(std::move(link).error(), hook, code.type));
}

}  // namespace skep::hook
