// What a record costs who makes it and who reads it: with the handshake, and with wake-ups that the
// kernel decides about. The same program and the same ring, by turns; between them, the call with
// no program on it. CPU times, since who else wants the CPU is nobody's fault. As root.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "ratio.hpp"
#include "skep/handshake.hpp"
#include "skep/ledger.hpp"
#include "skep/object.hpp"
#include "skep/ring.hpp"

namespace {

using namespace skep;
using bench::must, bench::seconds_of_calls, bench::stay_on;

constexpr int calls = 100'000, rounds = 15;

struct Cost {
  double call = 0,
         record = 0;  // nanoseconds of CPU: a call more than without a program, a record read
};

class Bench {
 public:
  explicit Bench(const char* file) {
    stay_on(0);
    auto spec = must(ObjectSpec::open(file));
    const int thread = static_cast<int>(::syscall(SYS_gettid));
    if (!spec.set("thread", thread)) bench::give_up("the object has no 'thread'");
    object_.emplace(must(Object::load(std::move(spec))));
    ledger_ = must(Ledger::open(*object_, "events"));
  }
  Cost round(bool shakes_hands) {
    const double bare = seconds_of_calls(calls);
    const auto link = must(object_->programs()[0].attach());
    std::atomic<bool> done = false, ready = false;
    std::uint64_t count = 0;
    double reading = 0;
    const auto lost = ledger_->lost();
    std::thread reader([&] {
      stay_on(1);
      reading = bench::seconds_of([&] { read(shakes_hands, ready, done, count); });
    });
    ready.wait(false);
    const double traced = seconds_of_calls(calls);
    done = true;
    reader.join();
    if (count + ledger_->lost() - lost != calls) bench::give_up("a record is missing");
    lost_ += ledger_->lost() - lost;
    return {(traced - bare) * 1e9 / calls, reading * 1e9 / calls};
  }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  void read(bool shakes_hands, std::atomic<bool>& ready, const std::atomic<bool>& done,
            std::uint64_t& count) {
    auto ring = must(RingReader::open(*must(object_->map("events"))));
    std::optional<Handshake> handshake;
    if (shakes_hands) handshake.emplace(*must(Handshake::open(*object_)));
    ring.leave_rest(shakes_hands);
    const std::array<const RingReader*, 1> rings{&ring};
    ready = true;
    ready.notify_all();
    constexpr std::chrono::milliseconds look(20);
    while (!done || ring.backlog() > 0) {
      (void)must(handshake ? handshake->wait(rings, look) : ring.wait(look));
      ring.drain([&](std::span<const std::byte>) { ++count; });
    }
  }

  std::optional<Object> object_;
  std::optional<Ledger> ledger_;
  std::uint64_t lost_ = 0;
};

void print(const char* name, std::vector<double> theirs, std::vector<double> ours) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
  const auto at = [](std::vector<double>& list, std::size_t tenths) {
    std::ranges::sort(list);
    return list[(list.size() - 1) * tenths / 10];
  };
  fmt::print("{:<28} default {:>7.0f} ns  handshake {:>5.0f} ns  ratio {:.3f} ({:.3f} to {:.3f})\n",
             name, at(theirs, 5), at(ours, 5), at(ratios, 5), at(ratios, 1), at(ratios, 9));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) bench::give_up("wake_bench WAKE.bpf.o");
  Bench bench(argv[1]);
  std::vector<double> calls_default, calls_ours, records_default, records_ours;
  for (int i = -1; i < rounds; ++i) {  // the first one warms up
    const Cost theirs = bench.round(false), ours = bench.round(true);
    if (i < 0) continue;
    calls_default.push_back(theirs.call);
    calls_ours.push_back(ours.call);
    records_default.push_back(theirs.record);
    records_ours.push_back(ours.record);
  }
  print("added to the traced call", calls_default, calls_ours);
  print("to read the record", records_default, records_ours);
  fmt::print("{} of {} records lost\n", bench.lost(), std::uint64_t{2} * (rounds + 1) * calls);
  return 0;
}
