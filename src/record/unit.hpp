// record/unit.hpp: what a variable's or a field's name says of its numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skep::record {

enum class Unit : std::uint8_t {
  none,
  nanoseconds,
  microseconds,
  milliseconds,
  seconds,
  bytes,
  address,
  syscall
};

// "min_latency_ns", "timeout_ms", "max_bytes", "saddr", "syscall_nr". By its last word, but for
// addresses and system calls: by any.
[[nodiscard]] Unit unit_of(std::string_view name);

// For --help: "ns: 10ms", "bytes: 64K", "IPv4 or IPv6 address". Empty for none.
[[nodiscard]] std::string_view describe(Unit unit) noexcept;

// "10ms" in such a unit; "64K", "1MiB" (1024), "1MB" (1000). Nothing when it is none, or more than
// 64 bits hold, or less than one whole.
[[nodiscard]] std::optional<std::uint64_t> parse_quantity(Unit unit, std::string_view text);

}  // namespace skep::record
