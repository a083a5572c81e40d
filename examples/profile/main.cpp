// Says where the CPUs spent their time, 99 looks a second: each stack on a line, the outermost
// function first, and how often it was seen, as flamegraph.pl takes it.
//   profile [SECONDS [PID]]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "folded.hpp"
#include "profile.skel.hpp"  // skep gen profile.bpf.o

namespace {

using Clock = std::chrono::steady_clock;

skep::Result<void> look(std::chrono::seconds duration, int pid) {
  profile::Folded stacks;
  SKEP_TRY(const auto spec, profile::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto ticks, object.maps().ticks.reader());
  SKEP_TRY(auto link,
           object.programs().on_tick.attach(skep::PerfEvent{.frequency = 99, .pid = pid}));
  std::fprintf(stderr, "looking\n");
  const auto add = [&](const profile::tick& tick) { stacks.add(tick); };
  for (const auto end = Clock::now() + duration; Clock::now() < end;) {
    SKEP_CHECK(ticks.poll(std::chrono::milliseconds(100), add));
  }
  SKEP_CHECK(link.detach());
  ticks.drain(add);
  stacks.print();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = look(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 10),
                         argc > 2 ? std::atoi(argv[2]) : -1);
  if (!done) std::fprintf(stderr, "profile: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
