// skep/ring.hpp: reading BPF_MAP_TYPE_RINGBUF (Documentation/bpf/ringbuf.rst). Kernel 5.8.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

namespace skep {

// Single consumer: one reader per ring, used from one thread at a time.
class RingReader {
 public:
  // Maps the ring. Errors: invalid_argument when it is not a ring buffer.
  static Result<RingReader> open(const Map& ring);

  RingReader(RingReader&&) noexcept = default;
  RingReader& operator=(RingReader&&) noexcept = default;

  // Calls `sink(std::span<const std::byte>)` for each record that is complete, in order, until
  // the ring is empty or `limit` records were handed out. The span points into the ring and is
  // valid during the call only. The consumer position is published once at the end (and once per
  // quarter of the ring, so that a slow sink does not starve the producers).
  // Returns the number of records handed out; discarded ones do not count.
  template <typename Sink>
  std::size_t drain(Sink&& sink, std::size_t limit = SIZE_MAX) {
    std::size_t count = 0;
    while (count < limit) {
      const Step step = next();
      if (step.end) break;
      if (!step.discarded) {
        sink(step.record);
        ++count;
      }
    }
    publish();
    return count;
  }

  // Waits until there may be a record, at most `timeout` (negative: for ever). False on timeout or
  // when a signal came.
  [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

  // Readable when there is something to drain: for other event loops.
  [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }

  // Bytes waiting, and bytes that the ring holds.
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  [[nodiscard]] std::uint64_t capacity() const noexcept { return mask_ + 1; }

 private:
  struct Step {
    std::span<const std::byte> record;
    bool discarded = false;
    bool end = false;
  };
  RingReader() = default;
  Step next() noexcept;
  void publish() noexcept;

  kernel::Syscalls* sys_ = nullptr;
  Mapping consumer_page_;   // read-write: our position
  Mapping producer_pages_;  // read-only: its position, then the data twice
  Fd epoll_;
  std::uint64_t mask_ = 0;
  std::uint64_t position_ = 0;   // where we read
  std::uint64_t published_ = 0;  // what the kernel knows of it
  std::uint64_t produced_ = 0;   // the producer's position when last looked
};

}  // namespace skep
