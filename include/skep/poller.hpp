// skep/poller.hpp: many readers in one wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "skep/fd.hpp"
#include "skep/perf.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace kernel {
class Syscalls;
}

// Ring and perf readers, each with what is done with its records. Used from one thread at a time.
class Poller {
 public:
  // `syscalls`: the seam, for tests.
  static Result<Poller> create(kernel::Syscalls* syscalls = nullptr);

  // The reader must outlive the poller and stay where it is. `sink`: as for its drain().
  template <typename Sink>
  Result<void> add(RingReader& reader, Sink sink) {
    return watch(reader.epoll_fd(),
                 {[&reader, sink = std::move(sink)]() mutable { return reader.drain(sink); },
                  [&reader] { return reader.wait(std::chrono::milliseconds(0)); }});
  }
  // The same of a perf buffer.
  template <typename Sink>
  Result<void> add(PerfReader& reader, Sink sink) {
    return watch(reader.epoll_fd(),
                 {[&reader, sink = std::move(sink)]() mutable { return reader.drain(sink); },
                  [&reader] { return reader.wait(std::chrono::milliseconds(0)); }});
  }

  // Waits until one of them has something, at most `timeout` (negative: for ever), and hands out
  // what all of them have. Returns how many records; 0 on timeout or when a signal came. Errors: as
  // the readers' wait().
  Result<std::size_t> poll(std::chrono::milliseconds timeout);

  // Readable when one of them is: for other event loops.
  [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }

 private:
  struct Watched {
    std::function<std::size_t()> drain;
    std::function<Result<bool>()> is_ready;
  };
  Poller(kernel::Syscalls& sys, Fd epoll) noexcept : sys_(&sys), epoll_(std::move(epoll)) {}
  Result<void> watch(int fd, Watched watched);
  struct Round {
    std::size_t count = 0;
    bool some_settle = false;  // a reader has records that are not to be handed out yet
  };
  Result<Round> drain_ready();

  kernel::Syscalls* sys_;
  Fd epoll_;
  std::vector<Watched> watched_;
};

}  // namespace skep
#pragma GCC visibility pop
