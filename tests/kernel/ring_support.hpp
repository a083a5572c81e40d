// kernel/ring_support.hpp: threads that make numbered records (ring_sequence.bpf.c), and who checks
// them.
#pragma once

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
};

inline Result<ObjectSpec> sequence_spec(const std::vector<int>& threads, const Settings& settings) {
  auto spec = spec_of("ring_sequence");
  std::array<int, most_threads> ids{};
  std::ranges::copy(threads, ids.begin());
  SKEP_CHECK(spec.set("threads", std::as_bytes(std::span(ids))));
  SKEP_CHECK(spec.set("records_per_call", settings.records_per_call));
  SKEP_CHECK(spec.set("discard_every", settings.discard_every));
  SKEP_CHECK(spec.set("longest", settings.longest));
  SKEP_CHECK(spec.set("keep_every", settings.keep_every));
  SKEP_CHECK(spec.set("asks_early", settings.asks_early));
  spec.find_map("events")->max_entries = settings.ring_bytes;
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

inline std::uint64_t sum(const Object& object, std::string_view counters) {
  std::uint64_t total = 0;
  for (const auto count : value_of<Counters>(object, counters)) total += count;
  return total;
}

}  // namespace skep::test
