// kernel/ring_support.hpp: threads that make numbered records (ring_sequence.bpf.c), and who checks
// them.
#pragma once

#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "kernel/support.hpp"
#include "skep/object.hpp"
#include "skep/ring.hpp"

namespace skep::test {

inline constexpr std::size_t most_threads = 4;
using Counters = std::array<std::uint64_t, most_threads>;

// Threads that trigger the program when told to, and whose ids are known before it is loaded.
class Producers {
 public:
  explicit Producers(std::size_t count) {
    ids_.resize(count);
    std::atomic<std::size_t> ready = 0;
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, i, &ready] {
        ids_[i] = thread_id();
        ++ready;
        ready.notify_all();
        calls_.wait(0);
        call_getppid(calls_);
        --running_;
      });
    }
    for (std::size_t now = 0; (now = ready) < count;) ready.wait(now);
    running_ = count;
  }
  ~Producers() {
    if (calls_ == 0) go(1);
    for (auto& thread : threads_) thread.join();
  }
  void go(std::size_t calls) {
    calls_ = calls;
    calls_.notify_all();
  }
  [[nodiscard]] bool running() const { return running_ > 0; }
  [[nodiscard]] const std::vector<int>& ids() const { return ids_; }

 private:
  std::vector<int> ids_;
  std::atomic<std::size_t> calls_ = 0, running_ = 0;
  std::vector<std::thread> threads_;
};

struct Settings {
  std::uint32_t ring_bytes = 4096;
  std::uint32_t records_per_call = 1, discard_every = 0, longest = 0, keep_every = 0;
  bool asks_early = false;
  bool per_cpu = false;  // a ring for each CPU
};

inline Result<ObjectSpec> sequence_spec(const std::vector<int>& threads, const Settings& settings) {
  auto spec = spec_of(settings.per_cpu ? "ring_sequence_per_cpu" : "ring_sequence");
  std::array<int, most_threads> ids{};
  std::ranges::copy(threads, ids.begin());
  SKEP_CHECK(spec.set("threads", std::as_bytes(std::span(ids))));
  SKEP_CHECK(spec.set("records_per_call", settings.records_per_call));
  SKEP_CHECK(spec.set("discard_every", settings.discard_every));
  SKEP_CHECK(spec.set("longest", settings.longest));
  SKEP_CHECK(spec.set("keep_every", settings.keep_every));
  SKEP_CHECK(spec.set("asks_early", settings.asks_early));
  MapSpec& events = *spec.find_map("events");
  (settings.per_cpu ? events.inner.front() : events).max_entries = settings.ring_bytes;
  return spec;
}

inline Result<Object> load_sequence(const std::vector<int>& threads, const Settings& settings) {
  SKEP_TRY(auto spec, sequence_spec(threads, settings));
  return Object::load(std::move(spec));
}

// What a reader of ring_sequence.bpf.c must see.
class Checker {
 public:
  void operator()(std::span<const std::byte> record) {
    ++delivered;
    const auto thread = read_at<std::uint32_t>(record, 0).value_or(most_threads);
    const auto length = read_at<std::uint32_t>(record, 4).value_or(0);
    const auto number = read_at<std::uint64_t>(record, 8).value_or(0);
    if (thread >= most_threads || record.size() != 16 + std::size_t{length} ||
        reinterpret_cast<std::uintptr_t>(record.data()) % 8 != 0) {
      ++malformed;
      return;
    }
    if (number < next_[thread]) ++disordered;
    next_[thread] = number + 1;
    for (const std::byte byte : record.subspan(16)) {
      if (byte != std::byte(number)) ++malformed;
    }
  }
  std::uint64_t delivered = 0, malformed = 0, disordered = 0;

 private:
  std::array<std::uint64_t, most_threads> next_{};
};

// Of all rings of "events", each with its checker: between rings there is no order.
class Readers {
 public:
  explicit Readers(const Object& object) {
    const Map& events = **object.map("events");
    if (events.rings().empty()) readers_.push_back(must(RingReader::open(events)));
    for (const Map& ring : events.rings()) readers_.push_back(must(RingReader::open(ring)));
    for (const auto& reader : readers_) rings_.push_back(&reader);
    checkers_.resize(readers_.size());
  }
  std::size_t drain(std::size_t limit = SIZE_MAX) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      count += readers_[i].drain(checkers_[i], limit);
    }
    return count;
  }
  void leave_rest() {
    for (auto& reader : readers_) reader.leave_rest(true);
  }
  [[nodiscard]] std::span<const RingReader* const> rings() const { return rings_; }
  // How many of them have something.
  [[nodiscard]] std::size_t with_backlog() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(readers_, [](const RingReader& one) { return one.backlog() > 0; }));
  }
  [[nodiscard]] std::uint64_t delivered() const {
    std::uint64_t out = 0;
    for (const auto& one : checkers_) out += one.delivered;
    return out;
  }
  // Malformed or disordered.
  [[nodiscard]] std::uint64_t wrong() const {
    std::uint64_t out = 0;
    for (const auto& one : checkers_) out += one.malformed + one.disordered;
    return out;
  }

 private:
  std::vector<RingReader> readers_;
  std::vector<const RingReader*> rings_;
  std::vector<Checker> checkers_;
};

// Those that this thread may run on, one after the other; all of them again at the end.
class Cpus {
 public:
  Cpus() {
    ::sched_getaffinity(0, sizeof(all_), &all_);
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &all_)) numbers_.push_back(i);
    }
  }
  ~Cpus() { ::sched_setaffinity(0, sizeof(all_), &all_); }
  Cpus(const Cpus&) = delete;
  Cpus& operator=(const Cpus&) = delete;
  [[nodiscard]] std::size_t count() const { return numbers_.size(); }
  // From now on on the nth, or as many further as there are.
  void go_to(std::size_t n) const {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(numbers_[n % numbers_.size()], &one);
    ::sched_setaffinity(0, sizeof(one), &one);
  }

 private:
  cpu_set_t all_{};
  std::vector<int> numbers_;
};

inline std::uint64_t sum(const Object& object, std::string_view counters) {
  std::uint64_t total = 0;
  for (const auto count : value_of<Counters>(object, counters)) total += count;
  return total;
}

}  // namespace skep::test
