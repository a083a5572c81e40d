#include "skep/ring.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memory.hpp"
#include "kernel/syscalls.hpp"

namespace skep {
namespace {

static_assert(sizeof(unsigned long) == 8);

// Of the data's beginning, behind them: each page that is mapped counts as memory of ours.
constexpr std::size_t usual_record = std::size_t{64} << 10;

Result<Mapping> map_pages(kernel::Syscalls& sys, const Map& ring, std::size_t length,
                          int protection, std::size_t offset) {
  return kernel::map_memory(sys, length, protection, MAP_SHARED, ring.fd(), offset,
                            fmt::format("ring buffer '{}'", ring.name()));
}

// An epoll set of the ring alone. Level-triggered: the kernel says "readable" for as long as the
// positions differ.
Result<Fd> make_epoll(kernel::Syscalls& sys, const Map& ring, const Fd& duplicate) {
  const long made = sys.epoll_create(EPOLL_CLOEXEC);
  if (made < 0) return fail_errno(static_cast<int>(-made), "make an epoll set");
  Fd epoll = kernel::adopt(made);
  epoll_event event{};
  event.events = EPOLLIN;
  const long added = sys.epoll_ctl(epoll.get(), EPOLL_CTL_ADD, duplicate.get(), &event);
  if (added < 0) return fail_errno(static_cast<int>(-added), "watch ring buffer '{}'", ring.name());
  return epoll;
}

}  // namespace

Result<RingReader> RingReader::open(const Map& ring) {
  const std::uint32_t size = ring.spec().max_entries;
  if (ring.type() != MapType::ringbuf || !std::has_single_bit(size)) {
    return fail(ErrorKind::invalid_argument, "map '{}' is a {}, not a ring buffer", ring.name(),
                name_of(ring.type()));
  }
  auto& sys = ring.syscalls();
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  RingReader reader;
  reader.sys_ = &sys;
  reader.mask_ = size - 1;
  reader.mapped_ = size + std::min<std::size_t>(size, usual_record);
  SKEP_TRY(reader.consumer_page_, map_pages(sys, ring, page, PROT_READ | PROT_WRITE, 0));
  SKEP_TRY(reader.producer_pages_, map_pages(sys, ring, page + reader.mapped_, PROT_READ, page));
  reader.data_ = reader.producer_pages_.bytes().data() + page;
  // A previous reader of the ring may have left its position there.
  reader.position_ =
      __atomic_load_n(reinterpret_cast<const std::uint64_t*>(reader.consumer_page_.bytes().data()),
                      __ATOMIC_ACQUIRE);
  reader.published_ = reader.produced_ = reader.position_;
  if (reader.position_ % 8 != 0 || reader.backlog() > size) {
    return fail(ErrorKind::bad_input, "ring buffer '{}': its positions make no sense", ring.name());
  }
  const int duplicate = ::fcntl(ring.fd(), F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) return fail_errno(errno, "duplicate a descriptor");
  reader.ring_ = Fd(duplicate);
  SKEP_TRY(reader.epoll_, make_epoll(sys, ring, reader.ring_));
  return reader;
}

bool RingReader::map_whole() noexcept {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto whole = kernel::map_memory(*sys_, page + 2 * capacity(), PROT_READ, MAP_SHARED, ring_.get(),
                                  page, "a ring buffer");
  if (!whole) {
    map_error_ = whole.error().code();
    return false;
  }
  producer_pages_ = *std::move(whole);
  data_ = producer_pages_.bytes().data() + page;
  mapped_ = 2 * capacity();
  return true;
}

Result<void> RingReader::check() const {
  if (damaged_) {
    return fail(ErrorKind::bad_input, "the ring buffer holds a record longer than itself");
  }
  if (map_error_ != 0) return fail_errno(map_error_, "map the whole ring buffer");
  return {};
}

Result<bool> RingReader::wait(std::chrono::milliseconds timeout) const {
  SKEP_CHECK(check());
  // A complete record that nobody was woken for; for one that is being written, epoll says.
  const std::uint64_t producer = load_producer();
  if (producer != position_) {
    const auto* header = reinterpret_cast<const std::uint32_t*>(data_ + (position_ & mask_));
    if ((__atomic_load_n(header, __ATOMIC_ACQUIRE) >> 31) == 0) return true;
  }
  const auto limit = std::min<std::int64_t>(timeout.count(), INT_MAX);
  const int milliseconds = limit < 0 ? -1 : static_cast<int>(limit);
  epoll_event event{};
  const long ready = sys_->epoll_wait(epoll_.get(), &event, 1, milliseconds);
  if (ready == -EINTR) return false;
  if (ready < 0) return fail_errno(static_cast<int>(-ready), "wait for the ring buffer");
  return ready > 0;
}

std::uint64_t RingReader::backlog() const noexcept { return load_producer() - position_; }

}  // namespace skep
