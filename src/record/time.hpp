// record/time.hpp: durations and times of day.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace skep::record {

// Where the machine's uptime stands in the calendar.
struct Clock {
  std::uint64_t boot = 0;       // nanoseconds since 1970 at which CLOCK_BOOTTIME was 0
  std::uint64_t monotonic = 0;  // the same of CLOCK_MONOTONIC, as if the machine had never slept

  // For times since that of CLOCK_MONOTONIC.
  [[nodiscard]] Clock as_monotonic() const noexcept { return {monotonic, monotonic}; }

  // As the clocks stand now. Only a clock that is set while skep runs changes it.
  [[nodiscard]] static Clock now() noexcept;
};

// For people, to three digits, the rest dropped: "999ns", "1.5us", "23.4ms", "1m05s", "3h12m",
// "2d03h". At most 24 bytes; returns the end.
char* write_duration(char* to, std::uint64_t nanoseconds) noexcept;

// `since_boot` in nanoseconds. UTC, as RFC 3339 has it: "2025-07-01T12:34:56.123456789Z"; the
// local time of day: "12:34:56.123". At most 40 bytes; return the end.
char* write_utc(char* to, Clock clock, std::uint64_t since_boot) noexcept;
char* write_time_of_day(char* to, Clock clock, std::uint64_t since_boot) noexcept;

// The same for many times, most of which lie in the same second as the one before: what is written
// of that second is kept. Each takes times of one clock and one form.
class SameSecond {
 public:
  char* write_utc(char* to, Clock clock, std::uint64_t since_boot) noexcept;
  char* write_time_of_day(char* to, Clock clock, std::uint64_t since_boot) noexcept;

 private:
  std::uint64_t second_ = UINT64_MAX;
  std::array<char, 32> text_{};  // to the point before the fraction
  std::size_t size_ = 0;
};

}  // namespace skep::record
