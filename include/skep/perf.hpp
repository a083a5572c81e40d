// skep/perf.hpp: reading BPF_MAP_TYPE_PERF_EVENT_ARRAY, what bpf_perf_event_output() writes. For
// programs of others: a ring buffer (skep/ring.hpp) is faster, keeps order, and takes less memory.
// Kernel 4.4.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "skep/map.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// How buffers are made and read.
struct PerfOptions {
  // Of each CPU's buffer: a power of two. They are locked in memory.
  std::uint32_t pages = 64;
  // Records of all CPUs by the time they were made, at the price of a millisecond. Else those of
  // one CPU after those of another, in order for each.
  bool in_order = false;
  // How many records of one CPU wake the reader. With more than 1, wait() must have a timeout.
  std::uint32_t wake_after = 1;
};

// One record, borrowed from its buffer.
struct PerfRecord {
  // Aligned to 4 bytes. The kernel rounds lengths up: 1 to 7 bytes of no meaning may follow what
  // the program wrote, so that length + 4 is a multiple of 8.
  std::span<const std::byte> data;
  std::uint32_t cpu = 0;
  std::uint64_t time = 0;  // ns, CLOCK_MONOTONIC; 0 unless in_order
};

// Takes the place of each online CPU in the map, for as long as it lives; so one reader a map, used
// from one thread at a time. It outlives the Map object.
class PerfReader {
 public:
  // Errors: invalid_argument when it is no such map; permission (CAP_PERFMON); limit when memory
  // may not be locked (RLIMIT_MEMLOCK, sysctl kernel.perf_event_mlock_kb).
  static Result<PerfReader> open(const Map& map, PerfOptions options = {});

  PerfReader(PerfReader&&) noexcept;
  PerfReader& operator=(PerfReader&&) noexcept;
  PerfReader(const PerfReader&) = delete;
  PerfReader& operator=(const PerfReader&) = delete;
  ~PerfReader();

  // Calls sink(const PerfRecord&) for each record that is there when it is called. The record is
  // valid during the call only. Returns how many.
  template <typename Sink>
  std::size_t drain(Sink&& sink) {
    begin();
    std::size_t count = 0;
    PerfRecord record;
    while (next(record)) {
      sink(static_cast<const PerfRecord&>(record));
      ++count;
    }
    return count;
  }

  // Waits until there may be a record, at most `timeout` (negative: for ever). False on timeout or
  // when a signal came. Errors: bad_input when a buffer does not hold what it must.
  [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

  // Readable when there is something to drain: for other event loops. It says so once for each
  // wake-up: drain all.
  [[nodiscard]] int epoll_fd() const noexcept;

  // Whether records wait that nobody will be woken for again: of in_order, those of the last
  // millisecond. Look again within 2 ms.
  [[nodiscard]] bool has_more() const noexcept;

  // Records that found no room so far, of all CPUs. The kernel tells it with the next record that
  // finds room.
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  struct State;
  explicit PerfReader(std::unique_ptr<State> state) noexcept;
  void begin();
  bool next(PerfRecord& record);
  std::unique_ptr<State> state_;
};

}  // namespace skep
#pragma GCC visibility pop
