// Prints what a function returned and how long it took, each time, until Ctrl-C; then how often it
// was not seen.
//   function-latency FUNCTION | BINARY:FUNCTION
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include "function_latency.skel.hpp"  // skep gen function_latency.bpf.o

namespace {

volatile std::sig_atomic_t is_over = 0;
void end(int) { is_over = 1; }

// The same two programs hang on functions of the kernel and of user space.
skep::Hook place(const std::string& target, bool at_return) {
  const auto colon = target.find(':');
  if (colon == std::string::npos) return skep::Kprobe{.function = target, .at_return = at_return};
  return skep::Uprobe{.binary = target.substr(0, colon),
                      .symbol = target.substr(colon + 1),
                      .at_return = at_return};
}

skep::Result<void> watch(const std::string& target) {
  SKEP_TRY(const auto spec, function_latency::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  const auto print = [&](const function_latency::call& call) {
    std::printf("%7u %-16s %s returned %lld and took %llu ns\n", call.pid, call.comm,
                target.c_str(), static_cast<long long>(call.returned),
                static_cast<unsigned long long>(call.took));
  };
  SKEP_TRY(auto calls, object.maps().calls.reader());
  SKEP_TRY(const auto counters, object.bss());
  // The return first: a call that is seen to begin is seen to end.
  SKEP_TRY(const auto on_return, object.programs().on_return->attach(place(target, true)));
  SKEP_TRY(const auto on_entry, object.programs().on_entry->attach(place(target, false)));
  std::fprintf(stderr, "watching; Ctrl-C ends it\n");
  while (!is_over) SKEP_CHECK(calls.poll(std::chrono::milliseconds(100), print));

  auto missed = counters->missed;
  for (const auto* link : {&on_entry, &on_return}) {
    // How often the kernel did not run a program: no room for one more return, or it ran already.
    if (const auto info = link->info()) missed += info->missed;
  }
  std::fprintf(stderr, "%llu missed\n", static_cast<unsigned long long>(missed));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: function-latency [BINARY:]FUNCTION\n"), 2;
  std::signal(SIGINT, end);
  const auto done = watch(argv[1]);
  if (!done) std::fprintf(stderr, "function-latency: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
