// Prints each execve until Ctrl-C, from the perf buffers of all CPUs, and then how many were lost.
//   exec-perf
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "exec_perf.skel.hpp"  // skep gen exec_perf.bpf.o

namespace {

volatile std::sig_atomic_t is_over = 0;
void end(int) { is_over = 1; }

void print(const skep::PerfRecord& record) {
  exec_perf::event event;
  if (record.data.size() < sizeof(event)) return;
  std::memcpy(&event, record.data.data(), sizeof(event));  // it lies at 4 bytes, not at 8
  std::printf("%7u %7u %5u %s\n", event.pid, event.ppid, event.uid, event.path);
}

skep::Result<void> watch() {
  SKEP_TRY(const auto spec, exec_perf::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  // In order: by time, whichever CPU it was. Else a child may come before its parent.
  SKEP_TRY(auto events,
           skep::PerfReader::open(object.maps().events.map(), {.pages = 16, .in_order = true}));
  SKEP_TRY(auto links, object.attach());
  std::fprintf(stderr, "watching; Ctrl-C ends it\n");
  std::printf("    PID    PPID   UID PATH\n");
  while (!is_over) {
    SKEP_TRY([[maybe_unused]] const bool some, events.wait(std::chrono::milliseconds(100)));
    events.drain(print);
  }
  skep::detach_all(std::move(links));
  // With in_order a record is held back until no earlier one can come.
  while (events.wait(std::chrono::milliseconds(10)).value_or(false)) events.drain(print);
  std::fprintf(stderr, "%llu lost\n", static_cast<unsigned long long>(events.lost()));
  return {};
}

}  // namespace

int main() {
  std::signal(SIGINT, end);
  const auto done = watch();
  if (!done) std::fprintf(stderr, "exec-perf: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
