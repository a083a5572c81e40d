#include "symbol/perf_map.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace skep::symbol {
namespace {

constexpr std::ptrdiff_t most_looked_at = 64;  // entries before an address that may reach over it

// A number in hex and the space behind it, taken off the line.
std::optional<std::uint64_t> take_number(std::string_view& line) {
  if (line.starts_with("0x")) line.remove_prefix(2);
  std::uint64_t value = 0;
  const char* end = line.end();
  const auto [after, error] = std::from_chars(line.begin(), end, value, 16);
  if (error != std::errc() || after == end || *after != ' ') return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(after - line.begin()) + 1);
  return value;
}

std::optional<PerfMap::Entry> parse_line(std::string_view line) {
  const auto start = take_number(line);
  if (!start) return std::nullopt;
  const auto size = take_number(line);
  if (!size || *size == 0 || line.empty() || *start + *size < *start) return std::nullopt;
  return PerfMap::Entry{.start = *start, .size = *size, .name = line};
}

}  // namespace

PerfMap::PerfMap(std::string text) : text_(std::move(text)) {
  for (std::string_view rest = text_; !rest.empty();) {
    const auto newline = rest.find('\n');
    if (newline == std::string_view::npos) break;  // it is still being written
    if (const auto entry = parse_line(rest.substr(0, newline))) entries_.push_back(*entry);
    rest.remove_prefix(newline + 1);
  }
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    return a.start != b.start ? a.start < b.start : a.name.data() < b.name.data();
  });
}

const PerfMap::Entry* PerfMap::find(std::uint64_t address) const noexcept {
  const auto after = std::ranges::upper_bound(entries_, address, {}, &Entry::start);
  const auto count = std::min(after - entries_.begin(), most_looked_at);
  for (std::ptrdiff_t i = 1; i <= count; ++i) {
    const Entry& entry = *(after - i);
    if (address - entry.start < entry.size) return &entry;
  }
  return nullptr;
}

}  // namespace skep::symbol
