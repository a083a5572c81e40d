#include "skep/poller.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/syscalls.hpp"

namespace skep {

Result<Poller> Poller::create(kernel::Syscalls* syscalls) {
  auto& sys = syscalls != nullptr ? *syscalls : kernel::real_syscalls();
  const long made = sys.epoll_create(EPOLL_CLOEXEC);
  if (made < 0) return fail_errno(static_cast<int>(-made), "make an epoll set");
  return Poller(sys, kernel::adopt(made));
}

Result<void> Poller::watch(int fd, Watched watched) {
  epoll_event event{};
  event.events = EPOLLIN;
  const long added = sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  if (added < 0) return fail_errno(static_cast<int>(-added), "watch another reader");
  watched_.push_back(std::move(watched));
  return {};
}

// A reader may have records for which nobody is woken: each is asked.
Result<Poller::Round> Poller::drain_ready() {
  Round round;
  for (auto& reader : watched_) {
    SKEP_TRY(const bool ready, reader.is_ready());
    if (!ready) continue;
    const auto count = reader.drain();
    round.count += count;
    round.some_settle = round.some_settle || count == 0;
  }
  return round;
}

Result<std::size_t> Poller::poll(std::chrono::milliseconds timeout) {
  using std::chrono::milliseconds, std::chrono::steady_clock;
  constexpr milliseconds settle(2);  // perf records in order wait about that long
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    SKEP_TRY(const auto round, drain_ready());
    auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (round.count > 0 || (timeout.count() >= 0 && left.count() <= 0)) return round.count;
    if (timeout.count() < 0) left = milliseconds(-1);
    if (round.some_settle) left = timeout.count() < 0 ? settle : std::min(left, settle);
    epoll_event event{};
    const auto limit = static_cast<int>(std::min<std::int64_t>(left.count(), INT_MAX));
    const long ready = sys_->epoll_wait(epoll_.get(), &event, 1, limit);
    if (ready == -EINTR) return 0;
    if (ready < 0) return fail_errno(static_cast<int>(-ready), "wait for the readers");
  }
}

}  // namespace skep
