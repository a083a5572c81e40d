#include "record/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace skep::record {
namespace {

constexpr std::size_t range_columns = 13;  // of each end of a range
constexpr std::size_t count_columns = 10;
constexpr std::size_t narrowest_bar = 8;

// 512, 4K, 2M: powers of two, so that nothing is rounded; the ends of ranges are one less.
std::string short_power(std::uint64_t value) {
  constexpr std::string_view suffixes = "KMGTPE";
  std::size_t steps = 0;
  while (value >= 1024 && value % 1024 == 0 && steps < suffixes.size()) {
    value /= 1024;
    ++steps;
  }
  return steps == 0 ? fmt::format("{}", value) : fmt::format("{}{}", value, suffixes[steps - 1]);
}

std::string range_of(std::size_t slot) {
  if (slot == 0) return "0 .. 1";
  const std::uint64_t low = std::uint64_t{1} << std::min<std::size_t>(slot, 63);
  if (slot >= 63) return fmt::format("{} ..", short_power(low));
  if (low < 1024) return fmt::format("{} .. {}", low, low * 2 - 1);
  return fmt::format("{} .. <{}", short_power(low), short_power(low * 2));
}

}  // namespace

void append_log2_histogram(std::string& out, std::span<const std::uint64_t> slots,
                           const HistogramOptions& options) {
  const auto is_counted = [](std::uint64_t count) { return count > 0; };
  const auto first = std::ranges::find_if(slots, is_counted);
  const std::string front(options.indent, ' ');
  if (first == slots.end()) {
    out += front + "(empty)\n";
    return;
  }
  const std::uint64_t most = std::ranges::max(slots);
  const std::size_t taken = options.indent + 2 * range_columns + count_columns + 2;
  const std::size_t width = options.width == 0 ? 80 : options.width;
  const std::size_t bar = std::max(narrowest_bar, width > taken ? width - taken : 0);
  fmt::format_to(std::back_inserter(out), "{}{:<{}} {:>{}}\n", front, options.unit,
                 2 * range_columns, "COUNT", count_columns);
  const auto begin = static_cast<std::size_t>(first - slots.begin());
  auto end = slots.size();
  while (slots[end - 1] == 0) --end;
  for (std::size_t i = begin; i < end; ++i) {
    // At least one mark for what is there at all.
    auto marks = static_cast<std::size_t>(static_cast<double>(slots[i]) /
                                          static_cast<double>(most) * static_cast<double>(bar));
    if (slots[i] > 0) marks = std::clamp<std::size_t>(marks, 1, bar);
    fmt::format_to(std::back_inserter(out), "{}{:<{}} {:>{}}{}{}\n", front, range_of(i),
                   2 * range_columns, slots[i], count_columns, marks > 0 ? " " : "",
                   std::string(marks, '#'));
  }
}

}  // namespace skep::record
