// Prints each execve until Ctrl-C or SIGTERM, and then how many were lost on the way.
//   exec-ring
#include <chrono>
#include <csignal>
#include <cstdio>

#include "exec_ring.skel.hpp"  // skep gen exec_ring.bpf.o

namespace {

volatile std::sig_atomic_t is_over = 0;
void end(int) { is_over = 1; }

void print(const exec_ring::event& event) {
  std::printf("%7u %-16s %s\n", event.pid, event.comm, event.message);
}

skep::Result<void> watch() {
  SKEP_TRY(const auto spec, exec_ring::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto events, object.maps().events.reader());  // of exec_ring::event
  SKEP_TRY(const auto lost, object.bss());
  SKEP_TRY(auto links, object.attach());
  std::fprintf(stderr, "watching; Ctrl-C ends it\n");
  while (!is_over) SKEP_CHECK(events.poll(std::chrono::milliseconds(100), print));

  skep::detach_all(std::move(links));
  events.drain(print);  // what came before the end
  std::fprintf(stderr, "%llu lost\n", static_cast<unsigned long long>(lost->lost));
  return {};
}

}  // namespace

int main() {
  std::signal(SIGINT, end);
  std::signal(SIGTERM, end);
  const auto done = watch();
  if (!done) std::fprintf(stderr, "exec-ring: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
