// skep/ring.hpp: reading BPF_MAP_TYPE_RINGBUF (Documentation/bpf/ringbuf.rst). Kernel 5.8.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Single consumer: one reader per ring, used from one thread at a time. It needs its Map only to
// be opened.
//
// Memory order. The kernel writes a record's header with the busy bit, stores the producer position
// with release, and later exchanges the header for one without the bit, a full barrier. So a
// position loaded with acquire covers the header, and a header loaded with acquire covers the data.
// Our position is stored with release: what the sink read is read before the room is given back.
//
// Wake-ups. By default the kernel wakes a reader only for a record that starts at the consumer
// position, as it sees it when the record is committed. A record that was committed while we still
// read earlier ones wakes nobody, so that after publishing a position we must look again before
// sleeping; publish() has a full barrier between the two, the counterpart of the kernel's exchange:
// either we see the record, or the kernel sees our position and wakes us.
class RingReader {
 public:
  // Maps the ring. Errors: invalid_argument when it is not a ring buffer.
  static Result<RingReader> open(const Map& ring);

  RingReader(RingReader&&) noexcept = default;
  RingReader& operator=(RingReader&&) noexcept = default;
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;
  ~RingReader() = default;

  // Calls `sink(std::span<const std::byte>)` for each record that is complete, in order, until
  // the ring is empty, `limit` records were handed out, or a whole ring's worth was read (so that a
  // fast producer cannot hold the caller for ever; the rest is there at the next call). The span
  // points into the ring, is aligned to 8 bytes, and is valid during the call only. The consumer
  // position is published at the end and once per quarter of the ring, so that a slow sink does not
  // starve the producers.
  // Returns the number of records handed out; discarded ones do not count.
  template <typename Sink>
  std::size_t drain(Sink&& sink, std::size_t limit = SIZE_MAX) {
    const std::uint64_t start = position_;
    std::size_t count = 0;
    while (count < limit && position_ - start < capacity()) {
      count += drain_whole(sink, limit - count, start + capacity());
      if (count == limit || position_ - start >= capacity()) break;
      if (leaves_rest_ && position_ == produced_ && position_ != start) break;
      const Step step = next();
      if (step.end) {
        if (position_ == published_) break;
        publish();  // and look again, see above
      } else if (!step.discarded) {
        sink(step.record);
        ++count;
      }
    }
    publish();
    return count;
  }

  // Waits until there may be a record, at most `timeout` (negative: for ever). False on timeout or
  // when a signal came. Returns at once when there is one already. Errors: bad_input when the ring
  // does not hold what a ring must (nothing outside it was read); errno.
  [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

  // Whether what waits can be read at all; errors as of wait(), which asks it first.
  [[nodiscard]] Result<void> check() const;

  // Readable when there is something to drain: for other event loops. Records that a program
  // commits with BPF_RB_NO_WAKEUP do not make it readable by themselves.
  [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }

  // Bytes waiting, headers included, and bytes that the ring holds.
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  // Bytes that the ring holds.
  [[nodiscard]] std::uint64_t capacity() const noexcept { return mask_ + 1; }
  // Bytes read since the ring was made, headers included: the consumer position.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

  // True: drain() hands out what was there when it looked, and leaves what came meanwhile to the
  // next call. For who calls again by the clock rather than when woken: to chase a producer that is
  // as fast as we are makes the two fight for the line of their positions, and slows both. False
  // at first.
  void leave_rest(bool leaves) noexcept { leaves_rest_ = leaves; }

 private:
  struct Step {
    std::span<const std::byte> record;
    bool discarded = false;
    bool end = false;
    static Step none() noexcept { return {{}, false, true}; }
  };
  RingReader() = default;

  // Hands out records that are known to be there, and complete, up to position `end` or until it is
  // time to publish. The same as next(), but what the loop needs stays in registers: the compiler
  // reads members anew after each atomic load.
  template <typename Sink>
  std::size_t drain_whole(Sink&& sink, std::size_t limit, std::uint64_t end) {
    constexpr std::uint32_t busy_or_discard = 3U << 30, header_bytes = 8;
    const std::byte* const data = data_;
    const std::uint64_t mask = mask_, mapped = mapped_, produced = damaged_ ? position_ : produced_;
    const std::uint64_t publish_at = published_ + mask / 4;
    std::uint64_t position = position_;
    std::size_t count = 0;
    while (position != produced && position < end && position <= publish_at && count < limit) {
      const std::byte* const header = data + (position & mask);
      const std::uint32_t length =
          __atomic_load_n(reinterpret_cast<const std::uint32_t*>(header), __ATOMIC_ACQUIRE);
      const std::uint64_t taken = (std::uint64_t{length} + header_bytes + 7) & ~std::uint64_t{7};
      if ((length & busy_or_discard) != 0 || taken > produced - position) break;
      if ((position & mask) + taken > mapped) [[unlikely]]
        break;
      position_ = position += taken;
      sink(std::span<const std::byte>(header + header_bytes, length));
      ++count;
    }
    return count;
  }

  // The record at position_, and past it; `end` when none is complete there.
  Step next() noexcept {
    // include/uapi/linux/bpf.h: BPF_RINGBUF_BUSY_BIT, _DISCARD_BIT, _HDR_SZ
    constexpr std::uint32_t busy = 1U << 31, discard = 1U << 30, header_bytes = 8;
    if (position_ == produced_) {
      produced_ = load_producer();
      if (position_ == produced_) return Step::none();
      damaged_ = damaged_ || produced_ - position_ > capacity();
    }
    const std::byte* header = data_ + (position_ & mask_);
    const std::uint32_t word =
        __atomic_load_n(reinterpret_cast<const std::uint32_t*>(header), __ATOMIC_ACQUIRE);
    if ((word & busy) != 0) return Step::none();
    const std::uint64_t length = word & ~(busy | discard);
    const std::uint64_t taken = (length + header_bytes + 7) & ~std::uint64_t{7};
    // Behind the data stands their beginning once more: as much as records of usual lengths need,
    // and all of it from the first longer one on. So a record that starts inside the ring and is
    // not longer than the ring, as what was produced is not, ends inside the mapping.
    if (damaged_ || taken > produced_ - position_) {
      damaged_ = true;
      return Step::none();
    }
    if ((position_ & mask_) + taken > mapped_) [[unlikely]] {
      if (!map_whole()) return Step::none();
      header = data_ + (position_ & mask_);
    }
    // Before this record: the span that is handed out must stay ours while the sink reads it.
    if (position_ - published_ > mask_ / 4) publish();
    position_ += taken;
    return {{header + header_bytes, length}, (word & discard) != 0, false};
  }

  // Maps the data twice in a row. False when that cannot be: wait() says why.
  bool map_whole() noexcept;

  // Tells the kernel how far we read.
  void publish() noexcept {
    if (position_ == published_) return;
    __atomic_store_n(reinterpret_cast<std::uint64_t*>(consumer_page_.bytes().data()), position_,
                     __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    published_ = position_;
  }

  [[nodiscard]] std::uint64_t load_producer() const noexcept {
    return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(producer_pages_.bytes().data()),
                           __ATOMIC_ACQUIRE);
  }

  kernel::Syscalls* sys_ = nullptr;
  Mapping consumer_page_;   // read-write: our position
  Mapping producer_pages_;  // read-only: its position, the data, their beginning once more
  Fd ring_;                 // what epoll_ waits for
  Fd epoll_;
  const std::byte* data_ = nullptr;  // in producer_pages_
  // Positions only grow; unsigned long in the kernel, and skep runs on 64-bit kernels only.
  std::uint64_t mask_ = 0;
  std::uint64_t mapped_ = 0;     // bytes from data_ on
  std::uint64_t position_ = 0;   // where we read
  std::uint64_t published_ = 0;  // what the kernel knows of it
  std::uint64_t produced_ = 0;   // the producer's position when last looked
  int map_error_ = 0;            // errno of map_whole()
  bool damaged_ = false;
  bool leaves_rest_ = false;
};

}  // namespace skep
#pragma GCC visibility pop
