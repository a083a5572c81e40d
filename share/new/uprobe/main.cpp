// NAME: shows the host names that programs ask libc for, until Ctrl-C; with a process number, only
// those of that one. The kernel's side is NAME.bpf.c.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "NAME.skel.hpp"  // made by the build: skep gen NAME.bpf.o

namespace {

volatile std::sig_atomic_t stopped = 0;

void show(const NAME::event& event) {
  std::printf("%8d %-16s %s\n", event.pid, event.command, event.host);
}

skep::Result<void> watch(int target_pid) {
  SKEP_TRY(auto spec, NAME::Spec::open());
  spec.rodata.target_pid = target_pid;
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto events, object.maps().events.reader());
  SKEP_TRY(const auto links, object.attach());  // where SEC says; detached when `links` goes
  std::printf("%8s %-16s %s\n", "PID", "COMMAND", "HOST");
  std::fflush(stdout);
  while (stopped == 0) {
    SKEP_CHECK(events.poll(std::chrono::milliseconds(200), show));
    std::fflush(stdout);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  std::signal(SIGTERM, [](int) { stopped = 1; });
  const auto done = watch(argc > 1 ? std::atoi(argv[1]) : 0);
  if (done) return 0;
  std::fprintf(stderr, "NAME: %s\n", done.error().message().c_str());
  for (const auto& hint : done.error().hints()) std::fprintf(stderr, "  %s\n", hint.c_str());
  return 1;
}
