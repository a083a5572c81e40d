// skep/stream.hpp: reading a stream: a ring buffer with what its object has besides for a reader.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "skep/handshake.hpp"
#include "skep/ledger.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"

#pragma GCC visibility push(default)
namespace skep {

// What `bpf/skep/stream.bpf.h` puts beside a ring buffer. Of one that knows nothing of it both are
// empty.
struct StreamPlaces {
  std::optional<Ledger::Place> ledger;
  std::optional<Handshake::Place> wakeup;  // when it is the only stream of its object

  // Of ring buffer `ring`. Errors: bad_input when one has another layout.
  static Result<StreamPlaces> find(const Object& object, std::string_view ring);
};

// A RingReader that knows what was lost, and that saves the programs most wake-ups. For one thread;
// move-only.
class StreamReader {
 public:
  // What waits longer waits so long.
  static constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours(24 * 24);

  // The one reader of `ring`, or of the rings that a stream has for each CPU: then records of one
  // CPU come in their order, and those of two in any. Errors: as RingReader::open, Ledger::open,
  // Handshake::open.
  static Result<StreamReader> open(const Map& ring, const StreamPlaces& places = {});
  // Errors: not_found for a map that the object does not have.
  static Result<StreamReader> open(const Object& object, std::string_view ring);

  // Waits until there is something, at most `timeout` (negative: for ever), and hands out what is
  // there, as RingReader::drain does. Returns how many records; 0 on timeout or when a signal came.
  // Where the programs heed it (StreamPlaces::wakeup), a record comes up to 10 ms late while
  // records flow, and at once after a pause. Errors: as RingReader::wait.
  template <typename Sink>
  Result<std::size_t> poll(std::chrono::milliseconds timeout, Sink&& sink) {
    timeout = std::min(timeout, longest_timeout);
    if (!handshake_) {
      SKEP_TRY(const bool ready, wait(timeout));
      return ready ? drain(sink) : 0;
    }
    const auto deadline = Handshake::Clock::now() + timeout;
    for (;;) {
      SKEP_TRY(const bool goes_on, rest(timeout));
      const std::size_t count = drain(sink);
      if (count > 0 || !goes_on) return count;
      SKEP_CHECK(check());
      if (timeout.count() >= 0) timeout = left_until(deadline);
    }
  }

  // The same without waiting. Who waits in another way, by the epoll_fd() of its rings, calls this
  // alone: after poll() the programs rely on another poll() within 10 ms. For other event loops
  // there is Poller::epoll_fd().
  template <typename Sink>
  std::size_t drain(Sink&& sink) {
    std::size_t count = 0;
    for (RingReader& ring : rings_) count += ring.drain(sink);
    return count;
  }

  // What it reads from, for its epoll_fd() and figures: the first one, where there is one for each
  // CPU.
  [[nodiscard]] RingReader& ring() noexcept { return rings_.front(); }
  // All of them: one, or one for each CPU.
  [[nodiscard]] std::span<RingReader> rings() noexcept { return rings_; }

  // Records that found the ring full since the object was loaded; nothing when nobody counts them.
  [[nodiscard]] std::optional<std::uint64_t> lost() const noexcept {
    return ledger_ ? std::optional(ledger_->lost()) : std::nullopt;
  }

 private:
  friend class Poller;
  // From now on, as for any other reader.
  void let_kernel_decide() noexcept;
  StreamReader() = default;
  // As RingReader has them, of all rings.
  [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;
  [[nodiscard]] Result<void> check() const;
  // False when it is not to be waited again: the time is over, or a signal came.
  Result<bool> rest(std::chrono::milliseconds timeout);
  static std::chrono::milliseconds left_until(Handshake::Clock::time_point deadline) noexcept;

  std::vector<RingReader> rings_;
  std::optional<Ledger> ledger_;
  std::unique_ptr<Handshake> handshake_;
};

}  // namespace skep
#pragma GCC visibility pop
