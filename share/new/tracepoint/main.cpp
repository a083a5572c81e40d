// NAME: shows every program that starts, until Ctrl-C; with a process number, only what that one
// starts. The kernel's side is NAME.bpf.c.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "NAME.skel.hpp"  // made by the build: skep gen NAME.bpf.o

namespace {

volatile std::sig_atomic_t stopped = 0;

void show(const NAME::event& event) {
  std::printf("%8d %8d  %s\n", event.pid, event.parent, event.path);
}

skep::Result<void> watch(int target_parent) {
  SKEP_TRY(auto spec, NAME::Spec::open());
  spec.rodata.target_parent = target_parent;
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto events, object.maps().events.reader());
  SKEP_TRY(const auto links, object.attach());  // where SEC says; detached when `links` goes
  std::printf("%8s %8s  %s\n", "PID", "PARENT", "PATH");
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
