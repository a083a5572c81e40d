// record/histogram.hpp: how often values of a size occurred, as bars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "record/scale.hpp"

namespace skep::record {

struct HistogramOptions {
  std::size_t width = 0;   // terminal columns; 0: 80
  std::size_t indent = 0;  // columns in front
};

// The values that a slot counts: from `low` to `high`; the last slot has all above it, too.
struct SlotRange {
  std::int64_t low = 0;
  std::optional<std::int64_t> high;
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};
// Nothing where the scale does not say it, or 64 bits do not hold it.
[[nodiscard]] std::optional<SlotRange> range_of(const Scale& scale, std::size_t slot,
                                                std::size_t slots);

// From the first slot that is not empty to one behind the last such.
struct SlotSpan {
  std::size_t begin = 0, end = 0;
};
[[nodiscard]] SlotSpan filled(std::span<const std::uint64_t> slots) noexcept;

// One line a slot, from the first that is not empty to the last: the values that it counts, how
// many, and a bar. Nothing but a word when all are empty.
void append_histogram(std::string& out, std::span<const std::uint64_t> slots, const Scale& scale,
                      const HistogramOptions& options);

// "by powers of two, in us"; "from 0 in steps of 10 ms".
[[nodiscard]] std::string describe(const Scale& scale);

}  // namespace skep::record
