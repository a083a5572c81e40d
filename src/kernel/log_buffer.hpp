// kernel/log_buffer.hpp: memory for what the kernel says of a program or of types.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// An anonymous mapping without reserve: takes memory only as the kernel writes into it, so a large
// one costs nothing until a log is that long.
class LogBuffer {
 public:
  static Result<LogBuffer> reserve(Syscalls& sys, std::uint32_t bytes);

  [[nodiscard]] std::uint64_t address() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept;
  // Up to the first NUL.
  [[nodiscard]] std::string text() const;

 private:
  explicit LogBuffer(Mapping mapping) noexcept : mapping_(std::move(mapping)) {}
  Mapping mapping_;
};

// What a command with a log in its attributes (a program, types) ended in.
struct Logged {
  long result = 0;       // >= 0, or the kernel's negative errno
  std::string log;       // empty when it wrote none
  bool complete = true;  // false when even the largest buffer could not hold it
};

inline constexpr std::uint32_t first_log_bytes = 16U << 20;
// The most that the kernel accepts: UINT_MAX >> 2 (bpf_verifier_log_attr_valid in
// kernel/bpf/log.c).
inline constexpr std::uint32_t largest_log_bytes = UINT32_MAX >> 2;

// Repeats a refused call with a log, larger and larger while the log does not fit (ENOSPC).
// `refused` is what the call said before, without a log: ENOSPC speaks of the log alone, so the
// reason stays. `call(buffer, needed)` sets the attributes (a log_level of 1), calls, and puts the
// bytes that the kernel says the log takes into `needed` (0 when it does not say).
template <typename Call>
Logged repeat_with_log(Syscalls& sys, long refused, Call&& call) {
  Logged out{.result = refused, .complete = false};
  std::uint32_t size = first_log_bytes;
  for (;;) {
    const auto buffer = LogBuffer::reserve(sys, size);
    if (!buffer) return out;  // no memory for it: what there is must do
    std::uint32_t needed = 0;
    const long result = call(*buffer, needed);
    constexpr long no_space = -28;  // ENOSPC
    if (result != no_space) return {.result = result, .log = buffer->text(), .complete = true};
    out.log = buffer->text();
    if (size == largest_log_bytes) return out;
    const std::uint64_t next = std::uint64_t{size} * 4 > needed ? std::uint64_t{size} * 4 : needed;
    size = next < largest_log_bytes ? static_cast<std::uint32_t>(next) : largest_log_bytes;
  }
}

}  // namespace skep::kernel
