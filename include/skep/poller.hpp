// skep/poller.hpp: many readers in one wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "skep/fd.hpp"
#include "skep/handshake.hpp"
#include "skep/perf.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"
#include "skep/stream.hpp"
#include "skep/typed.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace kernel {
class Syscalls;
}

// Readers, each with what is done with its records. Used from one thread at a time.
class Poller {
 public:
  // `syscalls`: the seam, for tests.
  static Result<Poller> create(kernel::Syscalls* syscalls = nullptr);
  // For who reads all ring buffers of an object: where its programs heed it (skep/handshake.hpp),
  // the poller says whether it sleeps, so that few records wake it; while records flow they come up
  // to 10 ms late. Of any other object, the same as without. Errors: as Handshake::open.
  static Result<Poller> create(const Object& object);

  // The reader must outlive the poller and stay where it is. `sink`: as for its drain().
  template <typename Sink>
  Result<void> add(RingReader& reader, Sink sink) {
    return watch(reader,
                 {[&reader, sink = std::move(sink)]() mutable { return reader.drain(sink); },
                  [&reader] { return reader.wait(std::chrono::milliseconds(0)); }});
  }
  // The same of a perf buffer.
  template <typename Sink>
  Result<void> add(PerfReader& reader, Sink sink) {
    return watch(reader.epoll_fd(),
                 {[&reader, sink = std::move(sink)]() mutable { return reader.drain(sink); },
                  [&reader] { return reader.wait(std::chrono::milliseconds(0)); },
                  [&reader] { return reader.has_more(); }});
  }
  // Of a stream: from now on it is the poller that says whether it sleeps, if anybody.
  template <typename Sink>
  Result<void> add(StreamReader& reader, Sink sink) {
    reader.let_kernel_decide();
    const auto shared = std::make_shared<Sink>(std::move(sink));
    return add_all(reader.rings_, [&](RingReader& ring) {
      return add(ring, [shared](std::span<const std::byte> record) { (*shared)(record); });
    });
  }
  // The same with records as values.
  template <typename T, typename Sink>
  Result<void> add(EventReader<T>& reader, Sink sink) {
    reader.stream_.let_kernel_decide();
    const auto shared = std::make_shared<Sink>(std::move(sink));
    return add_all(reader.stream_.rings_, [&](RingReader& ring) {
      return watch(ring, {[&reader, &ring, shared] { return reader.drain(ring, *shared); },
                          [&ring] { return ring.wait(std::chrono::milliseconds(0)); }});
    });
  }

  // Waits until one of them has something, at most `timeout` (negative: for ever), and hands out
  // what all of them have. Returns how many records; 0 on timeout or when a signal came. Errors: as
  // the readers' wait().
  Result<std::size_t> poll(std::chrono::milliseconds timeout);

  // Readable when poll() is to be called: for other event loops, with a timeout of 0.
  [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }

 private:
  struct Watched {
    std::function<std::size_t()> drain;
    std::function<Result<bool>()> is_ready;
    std::function<bool()> has_more;  // that nobody is woken for; nothing: it never has
    int fd = -1;                     // watched
  };
  // What the programs are told, and when nobody is to be woken.
  struct Rest {
    Handshake handshake;
    Fd timer;
    std::vector<const RingReader*> rings;
  };
  Poller(kernel::Syscalls& sys, Fd epoll) noexcept : sys_(&sys), epoll_(std::move(epoll)) {}
  // Or none of them.
  template <typename Add>
  Result<void> add_all(std::span<RingReader> rings, Add add_one) {
    const std::size_t before = watched_.size();
    for (RingReader& ring : rings) {
      auto done = add_one(ring);
      if (done) continue;
      forget_rings(before);
      return done;
    }
    return {};
  }
  // All readers from the `first` on, which are of ring buffers.
  void forget_rings(std::size_t first) noexcept;
  Result<void> watch(int fd, Watched watched);
  Result<void> watch(RingReader& ring, Watched watched);
  Result<void> shake_hands(const Object& object);
  Result<void> control(int fd, unsigned events, std::uint64_t tag);
  struct Round {
    std::size_t count = 0;
    bool some_settle = false;  // a reader has records that are not to be handed out yet
  };
  Result<Round> drain_ready();
  Result<std::size_t> poll_and_rest(std::chrono::milliseconds timeout);
  Result<std::optional<bool>> sleep(std::chrono::milliseconds timeout);

  kernel::Syscalls* sys_;
  Fd epoll_;
  std::vector<Watched> watched_;
  std::unique_ptr<Rest> rest_;
};

}  // namespace skep
#pragma GCC visibility pop
