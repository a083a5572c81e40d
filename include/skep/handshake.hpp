// skep/handshake.hpp: whom a record wakes. The other side of skep_wakeup in bpf/skep/stream.bpf.h.
//
// To wake a reader is what an event costs most. A reader that says whether it sleeps is woken only
// then; docs/design/stream.md tells how, and why no record is slept through.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"

#pragma GCC visibility push(default)
namespace skep {

class Object;
namespace kernel {
class Syscalls;
}

// How long the reader of all streams of an object may rest, and that it says so. For one thread.
// While it is awake no record wakes it, so that it must come back by itself; asleep, the next
// record does.
class Handshake {
 public:
  using Clock = std::chrono::steady_clock;

  // Where skep_wakeup lies: bytes from the start of its section.
  struct Place {
    const Map* section = nullptr;
    std::uint64_t offset = 0;
  };
  // Nothing when the object's programs do not know of it, or when it has a ring buffer that is not
  // one of theirs: the kernel then decides for each record, as ever. Errors: bad_input when
  // skep_wakeup has another layout.
  static Result<std::optional<Place>> find(const Object& object);

  // Over `rings`, which must be all ring buffers of the object, those of each CPU too (Map::rings).
  // It outlives the object. Kernel 5.8.
  // Errors: io, bad_input.
  static Result<Handshake> open(const Place& place, std::span<const Map* const> rings);
  // Both in one.
  static Result<std::optional<Handshake>> open(const Object& object);

  Handshake(Handshake&&) noexcept = default;
  Handshake& operator=(Handshake&&) = delete;
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  // The kernel decides again.
  ~Handshake();

  // For poll(2): readable once a record was to wake the reader, until woken(). Not by what waits
  // in the rings, which is there most of the time while nobody is to be woken.
  [[nodiscard]] int wake_fd() const noexcept { return wakes_.get(); }
  // It was readable.
  void woken(Clock::time_point now = Clock::now()) noexcept;

  // The rings were drained. Returns how long to wait, at most, before they are to be looked at
  // again, unless woken; nothing: until woken. Zero while much waits.
  [[nodiscard]] std::optional<std::chrono::microseconds> rest(
      std::span<const RingReader* const> rings, Clock::time_point now = Clock::now()) noexcept;

  // Rests at most `timeout` (negative: for ever), for who has nothing else to wait for. True when
  // the rings are to be drained: always before it is called again. Errors: io.
  [[nodiscard]] Result<bool> wait(std::span<const RingReader* const> rings,
                                  std::chrono::milliseconds timeout);

 private:
  Handshake(kernel::Syscalls& sys, Fd wakes, Mapping section, std::uint64_t* commit) noexcept
      : sys_(&sys), wakes_(std::move(wakes)), section_(std::move(section)), commit_(commit) {}
  void publish(std::uint64_t state) noexcept;
  [[nodiscard]] std::chrono::microseconds pause(std::span<const RingReader* const> rings,
                                                std::uint64_t moved,
                                                Clock::duration since) const noexcept;

  kernel::Syscalls* sys_;
  Fd wakes_;  // an epoll set of the rings, edge-triggered
  Mapping section_;
  std::uint64_t* commit_;  // in section_; the mark is behind it
  std::uint64_t read_ = 0;
  Clock::time_point last_round_, last_record_;
  bool awake_ = false;
  unsigned empty_rounds_ = 0;
};

}  // namespace skep
#pragma GCC visibility pop
