// What a record costs who makes it, where others make some at the same time: one ring, and a ring
// for each CPU. The same program, by turns; each producer has a CPU of its own, and nobody reads
// meanwhile: the rings hold what a round makes. CPU times of the producers, to wait for a lock
// included; the same calls with no program on them are taken off. As root.
#include <fmt/format.h>
#include <sys/resource.h>
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

constexpr int records = 96'000, rounds = 21;  // of one producer, in one round

// CPU seconds of a producer, each on its CPU and all at once; `calls` of each.
double seconds_of_producers(unsigned count, int calls) {
  std::vector<double> taken(count);
  std::vector<std::thread> threads;
  std::barrier start(count);
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      stay_on(i);
      start.arrive_and_wait();
      taken[i] = seconds_of_calls(calls);
    });
  }
  double sum = 0;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].join();
    sum += taken[i];
  }
  return sum / count;
}

class Bench {
 public:
  Bench(const char* file, unsigned a_call) : calls_(records / static_cast<int>(a_call)) {
    auto spec = must(ObjectSpec::open(file));
    if (!spec.set("process", static_cast<int>(::getpid()))) bench::give_up("no 'process'");
    if (!spec.set("records", a_call)) bench::give_up("no 'records'");
    object_.emplace(must(Object::load(std::move(spec))));
    reader_.emplace(must(StreamReader::open(*object_, "events")));
  }
  // Nanoseconds of CPU that a record takes of its producer.
  double added(unsigned producers) {
    const double bare = seconds_of_producers(producers, calls_);
    const auto link = must(object_->programs()[0].attach());
    const double traced = seconds_of_producers(producers, calls_);
    std::uint64_t count = 0;
    while (reader_->drain([&](std::span<const std::byte>) { ++count; }) > 0) continue;
    if (count != std::uint64_t{producers} * records) bench::give_up("a record is missing");
    return (traced - bare) * 1e9 / records;
  }

 private:
  int calls_;
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
  // Else other work keeps the producers from running at the same time, which is what is asked.
  if (::setpriority(PRIO_PROCESS, 0, -20) != 0) bench::give_up("no priority");
  const unsigned most = std::min(std::thread::hardware_concurrency(), 4U);
  for (const unsigned a_call : {1U, 16U}) {
    Bench one(argv[1], a_call), each(argv[2], a_call);
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
          "{} producer{}, {} a call  one ring {:>6.0f} ns  each CPU {:>6.0f} ns  ratio {:.3f} "
          "({:.3f} to {:.3f})\n",
          producers, producers == 1 ? "" : "s", a_call, at(of_one, 5), at(of_each, 5),
          at(ratios, 5), at(ratios, 1), at(ratios, 9));
    }
  }
  return 0;
}
