// kernel/handshake_race.hpp: records that are made when the reader is about to sleep, or does.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "kernel/ring_support.hpp"
#include "kernel/support.hpp"
#include "skep/handshake.hpp"

namespace skep::test {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Rounds go on for `length`, and on a busy machine until there were `enough`.
class Rounds {
 public:
  explicit Rounds(milliseconds length) : end_(Clock::now() + length) {}
  [[nodiscard]] bool go_on(std::uint64_t had, std::uint64_t enough) const {
    return Clock::now() < (had > enough ? end_ : end_ + std::chrono::seconds(30));
  }

 private:
  Clock::time_point end_;
};

// Each record is made when the one before was read and a time that no clock of the reader's fits
// has passed: on the way to sleep, asleep, or while it rests. Whoever oversleeps one record would
// sleep for ever, since none follows.
inline void race(Settings settings, milliseconds length) {
  std::atomic<int> producer_id = 0;
  std::atomic<std::uint64_t> wanted = 0;
  std::atomic<std::int64_t> made_at = 0;
  std::atomic<bool> done = false;
  std::thread producer([&] {
    producer_id = thread_id();
    producer_id.notify_all();
    std::uint64_t random = 12345;
    for (std::uint64_t i = 0;; ++i) {
      wanted.wait(i);
      if (done) return;
      random = random * 6364136223846793005U + 1442695040888963407U;
      // Most of them close by; some when the reader is about to sleep, or does.
      const auto most = random >> 62 == 0 ? 45'000U : random >> 62 == 1 ? 2'000U : 50U;
      const auto pause = std::chrono::microseconds((random >> 32) % most);
      const auto until = Clock::now() + pause;
      if (pause > milliseconds(1)) std::this_thread::sleep_for(pause - milliseconds(1));
      while (Clock::now() < until) continue;
      made_at = Clock::now().time_since_epoch().count();
      call_getppid();
    }
  });
  producer_id.wait(0);
  {
    const auto object = must(load_sequence({producer_id}, settings));
    const auto link = must(object.program("on_getppid").value()->attach());
    Readers readers(object);
    auto handshake = *must(Handshake::open(object));
    readers.leave_rest();
    std::uint64_t rounds = 0, late = 0;
    for (const Rounds time(length); time.go_on(rounds, 20);) {
      const auto before = readers.delivered();
      ++rounds;
      wanted = rounds;
      wanted.notify_all();
      while (readers.delivered() == before) {
        if (!must(handshake.wait(readers.rings(), std::chrono::seconds(30)))) {
          ADD_FAILURE() << "nobody woke the reader for record " << rounds;
          break;
        }
        readers.drain();
      }
      if (readers.delivered() == before) break;
      const auto waited = Clock::now().time_since_epoch() - Clock::duration(made_at.load());
      late += waited > milliseconds(100) ? 1 : 0;
    }
    EXPECT_GT(rounds, 20U);
    EXPECT_LE(late, 1 + rounds / 2) << "of " << rounds << "; the machine may delay some";
    EXPECT_EQ(readers.delivered(), rounds);
    EXPECT_EQ(sum(object, "produced"), rounds);
  }
  done = true;
  ++wanted;
  wanted.notify_all();
  producer.join();
}

inline void spin(unsigned times) {
  for (volatile unsigned left = times; left > 0;) left = left - 1;
}

// The same without waiting for the clock: the reader is told that no time passes, so that it goes
// to sleep after three looks. The time that it takes before follows the outcome: longer when it
// slept before the record came, shorter when it did not. So most rounds are close to the moment
// that matters.
inline void race_to_sleep(Settings settings, milliseconds length) {
  std::atomic<int> producer_id = 0;
  std::atomic<std::uint64_t> wanted = 0;
  std::atomic<bool> done = false;
  std::thread producer([&] {
    producer_id = thread_id();
    producer_id.notify_all();
    unsigned random = 12345;
    const Cpus cpus;
    for (std::uint64_t i = 0;; ++i) {
      while (wanted == i) continue;
      if (done) return;
      random = random * 1664525U + 1013904223U;
      if (settings.per_cpu && i % 64 == 0) cpus.go_to(i / 64);
      spin(3000 + (random >> 24));
      call_getppid();
    }
  });
  producer_id.wait(0);
  {
    const auto object = must(load_sequence({producer_id}, settings));
    const auto link = must(object.program("on_getppid").value()->attach());
    Readers readers(object);
    auto handshake = *must(Handshake::open(object));
    const auto now = Clock::now();
    std::uint64_t rounds = 0, blocked = 0;
    int delay = 1500;
    for (const Rounds time(length); time.go_on(blocked, 100); ++rounds) {
      const auto before = readers.delivered();
      ++wanted;
      spin(static_cast<unsigned>(delay));
      const auto blocked_before = blocked;
      while (readers.delivered() == before) {
        if (!handshake.rest(readers.rings(), now)) {
          pollfd fd{handshake.wake_fd(), POLLIN, 0};
          ++blocked;
          if (::poll(&fd, 1, 30'000) != 1) break;
          handshake.woken(now);
        }
        readers.drain();
      }
      delay = std::clamp(delay + (blocked > blocked_before ? 20 : -20), 0, 20'000);
      ASSERT_GT(readers.delivered(), before) << "nobody woke the reader for record " << rounds
                                             << (done = true, ++wanted, producer.join(), "");
    }
    EXPECT_GT(blocked, 100U) << "of " << rounds;
  }
  done = true;
  ++wanted;
  producer.join();
}

}  // namespace skep::test
