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

std::string power_label(std::size_t slot, std::size_t slots) {
  if (slot == 0) return slots == 1 ? "0 .." : "0 .. 1";
  const std::uint64_t low = std::uint64_t{1} << std::min<std::size_t>(slot, 63);
  if (slot >= 63 || slot + 1 == slots) return fmt::format("{} ..", short_power(low));
  if (low < 1024) return fmt::format("{} .. {}", low, low * 2 - 1);
  return fmt::format("{} .. <{}", short_power(low), short_power(low * 2));
}

std::string label_of(const Scale& scale, std::size_t slot, std::size_t slots) {
  if (scale.kind == Scale::Kind::log2) return power_label(slot, slots);
  const auto range = range_of(scale, slot, slots);
  if (!range) return fmt::format("{}", slot);
  if (!range->high) return fmt::format("{} ..", range->low);
  if (*range->high == range->low) return fmt::format("{}", range->low);
  return fmt::format("{} .. {}", range->low, *range->high);
}

std::string title_of(const Scale& scale) {
  const std::string_view what = scale.kind == Scale::Kind::slots ? "SLOT" : "VALUE";
  return scale.unit.empty() ? std::string(what) : fmt::format("{} ({})", what, scale.unit);
}

}  // namespace

std::optional<SlotRange> range_of(const Scale& scale, std::size_t slot, std::size_t slots) {
  const bool is_last = slot + 1 >= slots;
  SlotRange out;
  if (scale.kind == Scale::Kind::slots) return std::nullopt;
  if (scale.kind == Scale::Kind::log2) {
    if (slot > 62) return std::nullopt;
    out.low = slot == 0 ? 0 : std::int64_t{1} << slot;
    if (!is_last && slot < 62) out.high = (std::int64_t{1} << (slot + 1)) - 1;
    return out;
  }
  std::int64_t offset = 0, last = 0;
  if (__builtin_mul_overflow(slot, scale.step, &offset) ||
      __builtin_add_overflow(scale.from, offset, &out.low)) {
    return std::nullopt;
  }
  if (!is_last && !__builtin_add_overflow(out.low, scale.step - 1, &last)) out.high = last;
  return out;
}

SlotSpan filled(std::span<const std::uint64_t> slots) noexcept {
  SlotSpan out{0, slots.size()};
  while (out.begin < out.end && slots[out.begin] == 0) ++out.begin;
  while (out.end > out.begin && slots[out.end - 1] == 0) --out.end;
  return out;
}

void append_histogram(std::string& out, std::span<const std::uint64_t> slots, const Scale& scale,
                      const HistogramOptions& options) {
  const auto [begin, end] = filled(slots);
  const std::string front(options.indent, ' ');
  if (begin == end) {
    out += front + "(empty)\n";
    return;
  }
  const std::uint64_t most = std::ranges::max(slots);
  const std::size_t taken = options.indent + 2 * range_columns + count_columns + 2;
  const std::size_t width = options.width == 0 ? 80 : options.width;
  const std::size_t bar = std::max(narrowest_bar, width > taken ? width - taken : 0);
  fmt::format_to(std::back_inserter(out), "{}{:<{}} {:>{}}\n", front, title_of(scale),
                 2 * range_columns, "COUNT", count_columns);
  for (std::size_t i = begin; i < end; ++i) {
    // At least one mark for what is there at all.
    auto marks = static_cast<std::size_t>(static_cast<double>(slots[i]) /
                                          static_cast<double>(most) * static_cast<double>(bar));
    if (slots[i] > 0) marks = std::clamp<std::size_t>(marks, 1, bar);
    fmt::format_to(std::back_inserter(out), "{}{:<{}} {:>{}}{}{}\n", front,
                   label_of(scale, i, slots.size()), 2 * range_columns, slots[i], count_columns,
                   marks > 0 ? " " : "", std::string(marks, '#'));
  }
}

std::string describe(const Scale& scale) {
  const std::string unit = scale.unit.empty() ? "" : " " + scale.unit;
  switch (scale.kind) {
    case Scale::Kind::log2:
      return "by powers of two" + (unit.empty() ? unit : ", in" + unit);
    case Scale::Kind::linear:
      return fmt::format("from {} in steps of {}{}", scale.from, scale.step, unit);
    case Scale::Kind::slots:
      break;
  }
  return "by slots, each as wide as the others" + (unit.empty() ? unit : ", in" + unit);
}

}  // namespace skep::record
