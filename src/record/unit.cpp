#include "record/unit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/quantity.hpp"

namespace skep::record {
namespace {

struct Word {
  std::string_view word;
  Unit unit;
};

constexpr Word last_words[] = {
    {"ns", Unit::nanoseconds},  {"nsec", Unit::nanoseconds},  {"nsecs", Unit::nanoseconds},
    {"us", Unit::microseconds}, {"usec", Unit::microseconds}, {"usecs", Unit::microseconds},
    {"ms", Unit::milliseconds}, {"msec", Unit::milliseconds}, {"msecs", Unit::milliseconds},
    {"sec", Unit::seconds},     {"secs", Unit::seconds},      {"seconds", Unit::seconds},
    {"bytes", Unit::bytes},     {"size", Unit::bytes},
};

constexpr Word any_words[] = {
    {"ip", Unit::address},    {"ip4", Unit::address},   {"ip6", Unit::address},
    {"ipv4", Unit::address},  {"ipv6", Unit::address},  {"addr", Unit::address},
    {"saddr", Unit::address}, {"daddr", Unit::address}, {"address", Unit::address},
    {"laddr", Unit::address}, {"raddr", Unit::address}, {"syscall", Unit::syscall},
    {"sysno", Unit::syscall},
};

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> out;
  while (!name.empty()) {
    const auto end = std::min(name.find('_'), name.size());
    if (end > 0) out.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return out;
}

double scale_of(Unit unit) noexcept {
  switch (unit) {
    case Unit::microseconds:
      return 1e3;
    case Unit::milliseconds:
      return 1e6;
    case Unit::seconds:
      return 1e9;
    default:
      return 1;
  }
}

}  // namespace

Unit unit_of(std::string_view name) {
  const auto words = words_of(name);
  if (words.empty()) return Unit::none;
  for (const auto& known : last_words) {
    if (words.back() == known.word) return known.unit;
  }
  for (const auto& known : any_words) {
    if (std::ranges::find(words, known.word) != words.end()) return known.unit;
  }
  return Unit::none;
}

std::string_view describe(Unit unit) noexcept {
  switch (unit) {
    case Unit::nanoseconds:
      return "ns, or as in 10ms";
    case Unit::microseconds:
      return "us, or as in 10ms";
    case Unit::milliseconds:
      return "ms, or as in 2s";
    case Unit::seconds:
      return "s, or as in 5m";
    case Unit::bytes:
      return "bytes, or as in 64K";
    case Unit::address:
      return "or an address";
    case Unit::syscall:
      return "or a system call's name";
    case Unit::none:
      break;
  }
  return {};
}

std::optional<std::uint64_t> parse_quantity(Unit unit, std::string_view text) {
  if (unit == Unit::none || unit == Unit::address || unit == Unit::syscall) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc()) return std::nullopt;
  const auto suffix = unit_with({end, text.end()});
  if (!suffix || suffix->is_time != (unit != Unit::bytes)) return std::nullopt;
  const double value = number * static_cast<double>(suffix->factor) / scale_of(unit);
  // 2^64 as a double is exact; what lies below it fits. Halves of the unit are somebody's mistake.
  if (!(value >= 0) || value >= 18446744073709551616.0) return std::nullopt;
  const double whole = std::round(value);
  if (std::abs(whole - value) > 1e-6 * std::max(1.0, value)) return std::nullopt;
  return static_cast<std::uint64_t>(whole);
}

}  // namespace skep::record
