#include "skep/handshake.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/syscalls.hpp"
#include "skep/object.hpp"
#include "stream/ledger.hpp"
#include "stream/rings.hpp"

namespace skep {
namespace {

using std::chrono::microseconds;

// The flags of bpf_ringbuf_submit (include/uapi/linux/bpf.h): skep_wakeup.commit.
constexpr std::uint64_t kernel_decides = 0, awake = 1, asleep = 2;

constexpr microseconds longest(10'000), shortest(100);
constexpr unsigned rounds_before_sleep = 3;
constexpr std::uint64_t wakeup_bytes = 2 * sizeof(std::uint64_t);  // commit and mark

// skep_wakeup, when every ring of the object is a stream of stream.bpf.h: a reader that is awake
// looks at all of them, and one that sleeps is woken by all of them.
const Variable* find_wakeup(const ObjectSpec& spec) {
  const Variable* variable = spec.find_variable("skep_wakeup");
  if (variable == nullptr || variable->type == 0) return nullptr;
  if (spec.types.strip(variable->type).name() != "skep_wakeup") return nullptr;
  const auto is_known = [&](const MapSpec& map) {
    return map.type != MapType::ringbuf || stream::find_ledger(spec, map.name) != nullptr;
  };
  return std::ranges::all_of(spec.maps, is_known) ? variable : nullptr;
}

// Edge-triggered: it tells of wake-ups, not of what waits.
Result<Fd> watch_rings(std::span<const Map* const> rings, kernel::Syscalls& sys) {
  const long made = sys.epoll_create(EPOLL_CLOEXEC);
  if (made < 0) return fail_errno(static_cast<int>(-made), "make an epoll set");
  Fd epoll = kernel::adopt(made);
  for (const Map* map : rings) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    const long added = sys.epoll_ctl(epoll.get(), EPOLL_CTL_ADD, map->fd(), &event);
    if (added < 0) {
      return fail_errno(static_cast<int>(-added), "watch ring buffer '{}'", map->name());
    }
  }
  return epoll;
}

timespec time_of(std::chrono::nanoseconds time) {
  return {.tv_sec = time.count() / 1'000'000'000, .tv_nsec = time.count() % 1'000'000'000};
}

}  // namespace

Result<std::optional<Handshake::Place>> Handshake::find(const Object& object) {
  const Variable* variable = find_wakeup(object.spec());
  if (variable == nullptr) return std::nullopt;
  if (variable->map >= object.maps().size() || variable->offset % 8 != 0 ||
      variable->size < wakeup_bytes) {
    return fail(ErrorKind::bad_input, "'skep_wakeup' is in no section that can be mapped");
  }
  return Place{.section = &object.maps()[variable->map], .offset = variable->offset};
}

Result<Handshake> Handshake::open(const Place& place, std::span<const Map* const> rings) {
  if (place.section == nullptr || place.offset % alignof(std::uint64_t) != 0) {
    return fail(ErrorKind::bad_input, "this is no place of 'skep_wakeup'");
  }
  auto& sys = place.section->syscalls();
  SKEP_TRY(Fd wakes, watch_rings(rings, sys));
  SKEP_TRY(Mapping section, place.section->mapped(true));
  const auto words = slice(section.bytes(), place.offset, wakeup_bytes);
  if (!words) return fail(ErrorKind::bad_input, "'skep_wakeup' lies outside its section");
  auto* commit = reinterpret_cast<std::uint64_t*>(section.bytes().data() + place.offset);
  return Handshake(sys, std::move(wakes), std::move(section), commit);
}

Result<std::optional<Handshake>> Handshake::open(const Object& object) {
  SKEP_TRY(const auto place, find(object));
  if (!place) return std::nullopt;
  std::vector<const Map*> rings;
  for (const Map& map : object.maps()) stream::add_rings(map, rings);
  SKEP_TRY(auto opened, open(*place, rings));
  return opened;
}

Handshake::~Handshake() {
  if (!section_.bytes().empty()) publish(kernel_decides);
}

// Programs write it, too, when a ring fills up.
void Handshake::publish(std::uint64_t state) noexcept {
  if (__atomic_load_n(commit_, __ATOMIC_RELAXED) == state) return;
  __atomic_store_n(commit_, state, __ATOMIC_RELEASE);
}

// One record after a pause is no reason to look by the clock: it costs less to be woken for the
// next one, too.
void Handshake::woken(Clock::time_point now) noexcept {
  std::array<epoll_event, 8> events{};
  (void)sys_->epoll_wait(wakes_.get(), events.data(), events.size(), 0);
  if (!awake_ && now - last_record_ > longest) return;
  awake_ = true;
  publish(awake);
}

std::optional<microseconds> Handshake::rest(std::span<const RingReader* const> rings,
                                            Clock::time_point now) noexcept {
  std::uint64_t read = 0, mark = UINT64_MAX;
  for (const RingReader* ring : rings) {
    read += ring->position();
    mark = std::min(mark, ring->capacity() / 2);
  }
  const std::uint64_t moved = read - std::exchange(read_, read);
  const auto since = now - std::exchange(last_round_, now);
  if (moved > 0) {
    awake_ = awake_ || now - last_record_ <= longest;
    empty_rounds_ = 0;
    last_record_ = now;
  } else if (++empty_rounds_ >= rounds_before_sleep) {
    awake_ = false;
  }
  __atomic_store_n(commit_ + 1, mark, __ATOMIC_RELAXED);
  if (awake_) {
    publish(awake);
    return pause(rings, moved, since);
  }
  publish(asleep);
  // With the barrier that programs have between a reservation and the look at our word: either
  // they see that we sleep, or we see that they have begun a record.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  const auto is_empty = [](const RingReader* ring) { return ring->backlog() == 0; };
  if (std::ranges::all_of(rings, is_empty)) return std::nullopt;
  return pause(rings, moved, since);
}

// No longer than it takes to fill a quarter of a ring at the rate of the last round.
microseconds Handshake::pause(std::span<const RingReader* const> rings, std::uint64_t moved,
                              Clock::duration since) const noexcept {
  auto out = longest;
  const double rate = static_cast<double>(moved) /
                      std::max(std::chrono::duration<double, std::micro>(since).count(), 1.0);
  for (const RingReader* ring : rings) {
    const std::uint64_t quarter = ring->capacity() / 4;
    if (moved == 0) break;  // what waits is not complete
    if (ring->backlog() >= quarter) return microseconds(0);
    const double time = static_cast<double>(quarter - ring->backlog()) / rate;
    if (time < static_cast<double>(out.count())) out = microseconds(static_cast<long>(time));
  }
  return std::max(out, shortest);
}

Result<bool> Handshake::wait(std::span<const RingReader* const> rings,
                             std::chrono::milliseconds timeout) {
  for (const RingReader* ring : rings) SKEP_CHECK(ring->check());
  const auto pause = rest(rings);
  if (pause && pause->count() == 0) return true;
  const bool is_short = pause && (timeout.count() < 0 || *pause <= timeout);
  const timespec time = time_of(is_short ? std::chrono::nanoseconds(*pause) : timeout);
  pollfd fd{wakes_.get(), POLLIN, 0};
  const int ready = ::ppoll(&fd, 1, is_short || timeout.count() >= 0 ? &time : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "wait for the ring buffers");
  if (ready > 0) woken();
  return ready > 0 || (ready == 0 && is_short);
}

}  // namespace skep
