#include "base/quantity.hpp"

#include <charconv>
#include <cmath>

namespace skep {
namespace {

std::optional<std::uint64_t> parse(std::string_view text, bool is_time, std::uint64_t plain) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix(end, text.end());
  const auto unit = suffix.empty() ? QuantityUnit{"", plain, is_time} : unit_with(suffix);
  if (!unit || unit->is_time != is_time || unit->factor == 0) return std::nullopt;
  const double value = std::round(number * static_cast<double>(unit->factor));
  // 2^64 as a double is exact; what lies below it fits.
  if (!(value >= 0) || value >= 0x1p64) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

}  // namespace

std::optional<std::uint64_t> parse_time(std::string_view text, std::uint64_t plain) {
  return parse(text, true, plain);
}
std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, false, 1); }

}  // namespace skep
