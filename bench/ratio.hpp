// bench/ratio.hpp: two ways of doing the same, by turns in one process, so that both see the same
// machine. What counts is the ratio of a round; its median is printed with the interval that the
// middle eight of ten rounds lie in. A goal is missed only when all of that interval misses it: on
// a noisy machine a median alone says little.
#pragma once

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

namespace skep::bench {

[[noreturn]] inline void give_up(std::string_view why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message());
  return *std::move(result);
}

// CPU time of this thread: what is compared never waits, and who else wants the CPU is not its
// fault.
template <typename Work>
double seconds_of(Work&& work) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const double start = now();
  work();
  return now() - start;
}

struct Comparison {
  std::string_view name;
  std::size_t operations = 1;  // of one round
  double goal = 1;             // at most: skep's time by libbpf's
  int rounds = 41;
};

// `prepare` comes before each turn, outside the time. False when the goal is missed.
template <typename Prepare, typename Ours, typename Theirs>
bool compare(const Comparison& what, Prepare&& prepare, Ours&& ours, Theirs&& theirs) {
  std::vector<double> ratios, our_times, their_times;
  for (int round = -1; round < what.rounds; ++round) {  // the first one warms up
    double mine = 0, other = 0;
    for (int turn = 0; turn < 2; ++turn) {
      prepare();
      // Who comes first changes, too.
      if ((turn == 0) == (round % 2 == 0)) {
        mine = seconds_of(ours);
      } else {
        other = seconds_of(theirs);
      }
    }
    if (round < 0) continue;
    ratios.push_back(mine / other);
    our_times.push_back(mine);
    their_times.push_back(other);
  }
  const auto at = [](std::vector<double>& list, std::size_t tenths) {
    std::ranges::sort(list);
    return list[(list.size() - 1) * tenths / 10];
  };
  const double operations = static_cast<double>(what.operations) / 1e9;
  const double lowest = at(ratios, 1);
  const bool missed = lowest > what.goal;
  fmt::print(
      "{:<28} libbpf {:>7.1f} ns  skep {:>7.1f} ns  ratio {:.3f} ({:.3f} to {:.3f})  goal "
      "{:.2f}{}\n",
      what.name, at(their_times, 5) / operations, at(our_times, 5) / operations, at(ratios, 5),
      lowest, at(ratios, 9), what.goal, missed ? "  MISSED" : "");
  return !missed;
}

}  // namespace skep::bench
