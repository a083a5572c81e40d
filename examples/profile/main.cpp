// Says where the CPUs spent their time, 99 looks a second: each stack on a line, the outermost
// function first, and how often it was seen, as flamegraph.pl takes it.
//   profile [SECONDS [PID]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "profile.skel.hpp"  // skep gen profile.bpf.o
#include "symbols.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::vector<std::uint64_t>;  // the outermost first

Addresses addresses_of(const std::uint64_t* stack, std::uint32_t bytes) {
  Addresses out(stack, stack + bytes / sizeof(*stack));
  std::ranges::reverse(out);
  return out;
}

struct Profile {
  std::map<std::uint32_t, profile::Process> processes;
  std::map<std::tuple<std::uint32_t, std::string, Addresses, Addresses>, int> counts;

  // Names are looked up at the end: what takes long here is seen in the profile.
  void add(const profile::tick& tick) {
    processes.try_emplace(tick.pid, tick.pid);
    ++counts[{tick.pid, tick.comm, addresses_of(tick.user, tick.user_size),
              addresses_of(tick.kernel, tick.kernel_size)}];
  }
  void print() const {
    const auto kernel = profile::kernel_symbols();
    std::map<std::string, profile::Symbols> files;
    std::map<std::string, int> lines;
    for (const auto& [stack, count] : counts) {
      const auto& [pid, comm, outside, inside] = stack;
      std::string line = comm;
      for (const auto address : outside) line += ';' + processes.at(pid).at(address, files);
      for (const auto address : inside) line += ';' + kernel.at(address) + "_[k]";
      lines[line] += count;
    }
    for (const auto& [line, count] : lines) std::printf("%s %d\n", line.c_str(), count);
  }
};

skep::Result<void> look(std::chrono::seconds duration, int pid) {
  Profile profile;
  SKEP_TRY(const auto spec, ::profile::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto ticks, object.maps().ticks.reader());
  SKEP_TRY(auto link,
           object.programs().on_tick.attach(skep::PerfEvent{.frequency = 99, .pid = pid}));
  std::fprintf(stderr, "looking\n");
  const auto add = [&](const ::profile::tick& tick) { profile.add(tick); };
  for (const auto end = Clock::now() + duration; Clock::now() < end;) {
    SKEP_CHECK(ticks.poll(std::chrono::milliseconds(100), add));
  }
  SKEP_CHECK(link.detach());
  profile.print();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = look(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 10),
                         argc > 2 ? std::atoi(argv[2]) : -1);
  if (!done) std::fprintf(stderr, "profile: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
