// What a record costs who makes it, where others make some at the same time: one ring, and a ring
// for each CPU. The same program, by turns; each producer has a CPU of its own, and nobody reads
// meanwhile: the rings hold what a round makes. CPU times of the producers, to wait for a lock
// included; the same calls with no program on them are taken off. As root.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "ratio.hpp"
#include "skep/object.hpp"
#include "skep/stream.hpp"

namespace {

using namespace skep;
using bench::must, bench::seconds_of_calls, bench::stay_on;

constexpr int calls = 100'000, rounds = 25;

// CPU seconds of a call, of all producers together, each on its CPU and all at once.
double seconds_of_producers(unsigned count) {
  std::vector<double> taken(count);
  std::vector<std::thread> threads;
  std::barrier start(count);
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      stay_on(i);
      seconds_of_calls(calls / 10);
      start.arrive_and_wait();
      taken[i] = seconds_of_calls(calls);
    });
  }
  double sum = 0;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].join();
    sum += taken[i];
  }
  return sum / count / calls;
}

class Bench {
 public:
  explicit Bench(const char* file) {
    auto spec = must(ObjectSpec::open(file));
    if (!spec.set("process", static_cast<int>(::getpid()))) bench::give_up("no 'process'");
    object_.emplace(must(Object::load(std::move(spec))));
    reader_.emplace(must(StreamReader::open(*object_, "events")));
  }
  // Nanoseconds that a record adds to the call.
  double added(unsigned producers) {
    const double bare = seconds_of_producers(producers);
    const auto link = must(object_->programs()[0].attach());
    const double traced = seconds_of_producers(producers);
    std::uint64_t count = 0;
    while (reader_->drain([&](std::span<const std::byte>) { ++count; }) > 0) continue;
    if (count != std::uint64_t{producers} * (calls + calls / 10))
      bench::give_up("a record is missing");
    return (traced - bare) * 1e9;
  }

 private:
  std::optional<Object> object_;
  std::optional<StreamReader> reader_;
};

double at(std::vector<double>& list, std::size_t tenths) {
  std::ranges::sort(list);
  return list[(list.size() - 1) * tenths / 10];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) bench::give_up("producers_bench ONE_RING.bpf.o RING_PER_CPU.bpf.o");
  Bench one(argv[1]), each(argv[2]);
  const unsigned most = std::min(std::thread::hardware_concurrency(), 4U);
  for (unsigned producers = 1; producers <= most; ++producers) {
    std::vector<double> of_one, of_each, ratios;
    for (int round = -1; round < rounds; ++round) {  // the first one warms up
      std::array<double, 2> taken{};
      for (int turn = 0; turn < 2; ++turn) {
        // Who comes first changes, too.
        const bool is_each = (turn == 0) == (round % 2 == 0);
        taken[is_each ? 1 : 0] = (is_each ? each : one).added(producers);
      }
      if (round < 0) continue;
      of_one.push_back(taken[0]);
      of_each.push_back(taken[1]);
      ratios.push_back(taken[1] / taken[0]);
    }
    fmt::print(
        "{} producer{:<3} one ring {:>6.0f} ns  each CPU {:>6.0f} ns  ratio {:.3f} ({:.3f} to "
        "{:.3f})\n",
        producers, producers == 1 ? "" : "s", at(of_one, 5), at(of_each, 5), at(ratios, 5),
        at(ratios, 1), at(ratios, 9));
  }
  return 0;
}
