#include "skep/poller.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/syscalls.hpp"

namespace skep {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::steady_clock;

constexpr milliseconds settle(2);  // perf records in order wait about that long
constexpr std::uint64_t of_reader = 0, of_wakes = 1;

// Never negative, but for a timeout that is.
milliseconds left_until(steady_clock::time_point deadline, milliseconds timeout) {
  if (timeout.count() < 0) return milliseconds(-1);
  return std::max(std::chrono::ceil<milliseconds>(deadline - steady_clock::now()), milliseconds(0));
}

// Nothing: it does not ring.
void set_timer(const Fd& timer, std::optional<microseconds> pause) {
  itimerspec time{};
  if (pause) {
    time.it_value.tv_sec = pause->count() / 1'000'000;
    time.it_value.tv_nsec = std::max<long>(pause->count() % 1'000'000 * 1000, 1);
  }
  (void)::timerfd_settime(timer.get(), 0, &time, nullptr);
}

}  // namespace

Result<Poller> Poller::create(kernel::Syscalls* syscalls) {
  auto& sys = syscalls != nullptr ? *syscalls : kernel::real_syscalls();
  const long made = sys.epoll_create(EPOLL_CLOEXEC);
  if (made < 0) return fail_errno(static_cast<int>(-made), "make an epoll set");
  return Poller(sys, kernel::adopt(made));
}

Result<Poller> Poller::create(const Object& object) {
  SKEP_TRY(auto out, create());
  SKEP_CHECK(out.shake_hands(object));
  return out;
}

Result<void> Poller::shake_hands(const Object& object) {
  SKEP_TRY(auto handshake, Handshake::open(object));
  if (!handshake) return {};
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (timer.get() < 0) return fail_errno(errno, "make a timer");
  SKEP_CHECK(control(timer.get(), EPOLLIN, of_reader));
  SKEP_CHECK(control(handshake->wake_fd(), EPOLLIN, of_wakes));
  set_timer(timer, microseconds(0));  // what waits already
  rest_.reset(new Rest{*std::move(handshake), std::move(timer), {}});
  return {};
}

Result<void> Poller::control(int fd, unsigned events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  const long added = sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  if (added < 0) return fail_errno(static_cast<int>(-added), "watch another reader");
  return {};
}

Result<void> Poller::watch(int fd, Watched watched) {
  SKEP_CHECK(control(fd, EPOLLIN, of_reader));
  watched.fd = fd;
  watched_.push_back(std::move(watched));
  return {};
}

// While the clock tells when to look, what waits in a ring must not; a wake-up of one of another
// object does.
Result<void> Poller::watch(RingReader& ring, Watched watched) {
  if (!rest_) return watch(ring.epoll_fd(), std::move(watched));
  SKEP_CHECK(control(ring.epoll_fd(), EPOLLIN | EPOLLET, of_reader));
  ring.leave_rest(true);
  rest_->rings.push_back(&ring);
  watched.fd = ring.epoll_fd();
  watched_.push_back(std::move(watched));
  return {};
}

void Poller::forget_rings(std::size_t first) noexcept {
  while (watched_.size() > first) {
    epoll_event none{};
    (void)sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched_.back().fd, &none);
    watched_.pop_back();
    if (rest_) rest_->rings.pop_back();
  }
}

// A reader may have records for which nobody is woken: each is asked.
Result<Poller::Round> Poller::drain_ready() {
  Round round;
  for (auto& reader : watched_) {
    SKEP_TRY(const bool ready, reader.is_ready());
    if (!ready) continue;
    const auto count = reader.drain();
    round.count += count;
    round.some_settle |= reader.has_more && reader.has_more();
  }
  return round;
}

// At most `timeout`. Whether anything came; nothing: a signal did.
Result<std::optional<bool>> Poller::sleep(milliseconds timeout) {
  std::array<epoll_event, 16> events{};
  const auto limit = static_cast<int>(std::min<std::int64_t>(timeout.count(), INT_MAX));
  const long ready = sys_->epoll_wait(epoll_.get(), events.data(), events.size(), limit);
  if (ready == -EINTR) return std::nullopt;
  if (ready < 0) return fail_errno(static_cast<int>(-ready), "wait for the readers");
  const auto is_wake = [](const epoll_event& event) { return event.data.u64 == of_wakes; };
  if (std::ranges::any_of(std::span(events).first(static_cast<std::size_t>(ready)), is_wake)) {
    rest_->handshake.woken();
  }
  return ready > 0;
}

Result<std::size_t> Poller::poll(milliseconds timeout) {
  timeout = std::min(timeout, StreamReader::longest_timeout);
  if (rest_) return poll_and_rest(timeout);
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    SKEP_TRY(const auto round, drain_ready());
    auto left = left_until(deadline, timeout);
    if (round.count > 0 || left.count() == 0) return round.count;
    if (round.some_settle) left = left.count() < 0 ? settle : std::min(left, settle);
    SKEP_TRY(const auto came, sleep(left));
    if (!came) return 0;
  }
}

// Looks when the clock or a wake-up says so, and says when it will look again.
Result<std::size_t> Poller::poll_and_rest(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    SKEP_TRY(const auto came, sleep(left_until(deadline, timeout)));
    if (!came) return 0;
    SKEP_TRY(const auto round, drain_ready());
    auto pause = rest_->handshake.rest(rest_->rings);
    if (round.some_settle) pause = std::min(pause.value_or(settle), microseconds(settle));
    set_timer(rest_->timer, pause);
    if (round.count > 0 || !*came) return round.count;
  }
}

}  // namespace skep
