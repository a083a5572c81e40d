// skep/user_ring.hpp: writing BPF_MAP_TYPE_USER_RINGBUF: records from user space to a program,
// which reads them by bpf_user_ringbuf_drain(). Kernel 6.1.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// One writer a ring, used from one thread at a time. It outlives the Map object. Nobody tells the
// program: it sees the records when its hook fires.
class UserRing {
 public:
  // Errors: invalid_argument when it is no user ring buffer.
  static Result<UserRing> open(const Map& map);

  UserRing(UserRing&&) noexcept = default;
  UserRing& operator=(UserRing&&) noexcept = default;
  UserRing(const UserRing&) = delete;
  UserRing& operator=(const UserRing&) = delete;
  ~UserRing() = default;

  // Room for a record, aligned to 8 bytes, to be written and given to submit() or discard();
  // nothing when the ring is full. The program waits at a record that was not given back, so give
  // each. `bytes`: at most capacity() - 8.
  [[nodiscard]] std::optional<std::span<std::byte>> reserve(std::size_t bytes) noexcept;
  // Hands the record to the program.
  void submit(std::span<std::byte> record) noexcept { finish(record, 0); }
  // Gives the room back: the program does not see it.
  void discard(std::span<std::byte> record) noexcept { finish(record, discard_bit); }

  // Copies a record; false when the ring is full.
  bool push(std::span<const std::byte> record) noexcept {
    const auto room = reserve(record.size());
    if (!room) return false;
    if (!record.empty()) std::memcpy(room->data(), record.data(), record.size());
    submit(*room);
    return true;
  }
  // The same of a value.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  bool push(const T& record) noexcept {
    return push(std::as_bytes(std::span(&record, 1)));
  }

  // Waits until the program has read something, at most `timeout` (negative: for ever). False on
  // timeout or when a signal came.
  [[nodiscard]] Result<bool> wait(std::chrono::milliseconds timeout) const;

  // Bytes that the program has not read yet, headers included, and bytes that the ring holds.
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  // Bytes that the ring holds.
  [[nodiscard]] std::uint64_t capacity() const noexcept { return size_; }

 private:
  static constexpr std::uint32_t busy_bit = 1U << 31, discard_bit = 1U << 30;
  UserRing() = default;
  static void finish(std::span<std::byte> record, std::uint32_t bits) noexcept;

  kernel::Syscalls* sys_ = nullptr;
  Mapping consumer_page_;   // read-only: how far the program has read
  Mapping producer_pages_;  // how far we wrote, then the data twice
  Fd ring_, epoll_;
  std::uint64_t size_ = 0, position_ = 0;
};

}  // namespace skep
#pragma GCC visibility pop
