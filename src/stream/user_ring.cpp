#include "skep/user_ring.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memory.hpp"
#include "kernel/syscalls.hpp"

namespace skep {
namespace {

constexpr std::size_t header_bytes = 8;  // BPF_RINGBUF_HDR_SZ: length and bits, then nothing

std::uint64_t* position_in(const Mapping& pages) {
  return reinterpret_cast<std::uint64_t*>(pages.bytes().data());
}

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

}  // namespace

Result<UserRing> UserRing::open(const Map& map) {
  if (map.type() != MapType::user_ringbuf) {
    return fail(ErrorKind::invalid_argument, "map '{}' is a {}, not a user ring buffer", map.name(),
                name_of(map.type()));
  }
  auto& sys = map.syscalls();
  UserRing ring;
  ring.sys_ = &sys;
  ring.size_ = map.spec().max_entries;
  const auto what = fmt::format("user ring buffer '{}'", map.name());
  SKEP_TRY(ring.consumer_page_,
           kernel::map_memory(sys, page_bytes(), PROT_READ, MAP_SHARED, map.fd(), 0, what));
  SKEP_TRY(ring.producer_pages_,
           kernel::map_memory(sys, page_bytes() + 2 * ring.size_, PROT_READ | PROT_WRITE,
                              MAP_SHARED, map.fd(), page_bytes(), what));
  ring.position_ = __atomic_load_n(position_in(ring.producer_pages_), __ATOMIC_ACQUIRE);
  if (ring.position_ % 8 != 0 || ring.backlog() > ring.size_) {
    return fail(ErrorKind::bad_input, "{}: its positions make no sense", what);
  }
  const int duplicate = ::fcntl(map.fd(), F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) return fail_errno(errno, "duplicate a descriptor");
  ring.ring_ = Fd(duplicate);
  const long epoll = sys.epoll_create(EPOLL_CLOEXEC);
  if (epoll < 0) return fail_errno(static_cast<int>(-epoll), "make an epoll set");
  ring.epoll_ = kernel::adopt(epoll);
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLET;
  const long added = sys.epoll_ctl(ring.epoll_.get(), EPOLL_CTL_ADD, duplicate, &event);
  if (added < 0) return fail_errno(static_cast<int>(-added), "watch {}", what);
  return ring;
}

std::optional<std::span<std::byte>> UserRing::reserve(std::size_t bytes) noexcept {
  const std::uint64_t taken = round_up(bytes + header_bytes, 8);
  if (bytes >= size_ || taken > size_ - backlog()) return std::nullopt;
  std::byte* const header =
      producer_pages_.bytes().data() + page_bytes() + (position_ & (size_ - 1));
  const std::uint32_t words[2] = {static_cast<std::uint32_t>(bytes) | busy_bit, 0};
  std::memcpy(header, words, sizeof(words));
  position_ += taken;
  // The header before the position that makes the kernel look at it.
  __atomic_store_n(position_in(producer_pages_), position_, __ATOMIC_RELEASE);
  return std::span(header + header_bytes, bytes);
}

void UserRing::finish(std::span<std::byte> record, std::uint32_t bits) noexcept {
  auto* header = reinterpret_cast<std::uint32_t*>(record.data() - header_bytes);
  // The data before the header without the busy bit.
  __atomic_exchange_n(header, static_cast<std::uint32_t>(record.size()) | bits, __ATOMIC_ACQ_REL);
}

std::uint64_t UserRing::backlog() const noexcept {
  return position_ - __atomic_load_n(position_in(consumer_page_), __ATOMIC_ACQUIRE);
}

Result<bool> UserRing::wait(std::chrono::milliseconds timeout) const {
  const auto limit = std::min<std::int64_t>(timeout.count(), INT_MAX);
  epoll_event event{};
  const long ready =
      sys_->epoll_wait(epoll_.get(), &event, 1, limit < 0 ? -1 : static_cast<int>(limit));
  if (ready == -EINTR) return false;
  if (ready < 0) return fail_errno(static_cast<int>(-ready), "wait for the user ring buffer");
  return ready > 0;
}

}  // namespace skep
