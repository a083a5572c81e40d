// base/quantity.hpp: times and sizes as people write them: 10ms, 2m, 64K, 1MB.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace skep {

// What a number stands for by the letters behind it.
struct QuantityUnit {
  std::string_view suffix;
  std::uint64_t factor = 1;  // nanoseconds, bytes
  bool is_time = false;
};

inline constexpr std::uint64_t nanoseconds_a_second = 1'000'000'000;
inline constexpr std::array quantity_units = {
    QuantityUnit{"ns", 1, true},
    QuantityUnit{"us", 1'000, true},
    QuantityUnit{"ms", 1'000'000, true},
    QuantityUnit{"s", nanoseconds_a_second, true},
    QuantityUnit{"m", 60 * nanoseconds_a_second, true},
    QuantityUnit{"h", 3'600 * nanoseconds_a_second, true},
    QuantityUnit{"d", 86'400 * nanoseconds_a_second, true},
    QuantityUnit{"B", 1},
    QuantityUnit{"k", 1U << 10},
    QuantityUnit{"K", 1U << 10},
    QuantityUnit{"KiB", 1U << 10},
    QuantityUnit{"kB", 1'000},
    QuantityUnit{"M", 1U << 20},
    QuantityUnit{"MiB", 1U << 20},
    QuantityUnit{"MB", 1'000'000},
    QuantityUnit{"G", 1U << 30},
    QuantityUnit{"GiB", 1U << 30},
    QuantityUnit{"GB", 1'000'000'000},
    QuantityUnit{"T", std::uint64_t{1} << 40},
    QuantityUnit{"TiB", std::uint64_t{1} << 40},
    QuantityUnit{"TB", 1'000'000'000'000},
};

// Nothing when no unit has this suffix.
[[nodiscard]] constexpr std::optional<QuantityUnit> unit_with(std::string_view suffix) noexcept {
  for (const auto& unit : quantity_units) {
    if (unit.suffix == suffix) return unit;
  }
  return std::nullopt;
}

// "1.5s" in nanoseconds, "64K" in bytes; a number alone counts `plain` of them (0: it is none).
// Fractions of one are rounded. Nothing when it is no such quantity, or 64 bits do not hold it.
[[nodiscard]] std::optional<std::uint64_t> parse_time(std::string_view text,
                                                      std::uint64_t plain = 0);
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace skep
