#include "base/tidy.hpp"

#include <numeric>
#include <optional>
#include <span>

namespace skep {
namespace {

using Clock = std::chrono::system_clock;

constexpr const char* mark = "tidied";  // written at the last time
constexpr std::chrono::hours interval(24);

Clock::time_point time_of(const timespec& time) {
  return Clock::time_point(std::chrono::duration_cast<Clock::duration>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

bool was_tidied(const Folder& folder) {
  const auto entries = folder.entries(mark);
  return !entries.empty() && Clock::now() - time_of(entries.back().used) < interval;
}

}  // namespace

void tidy(const Folder& folder, const TidyLimits& limits, Clock::time_point now) {
  const auto entries = folder.entries();
  auto total =
      std::accumulate(entries.begin(), entries.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const CacheEntry& entry) { return sum + entry.bytes; });
  for (const auto& entry : entries) {  // the one used longest ago first
    const auto age = now - time_of(entry.used);
    const bool is_left_over = entry.name.ends_with(".new");
    if (age < limits.grace || entry.name == mark) continue;
    if (!is_left_over && age < limits.age && total <= limits.bytes) continue;
    folder.remove(entry.name);
    total -= entry.bytes;
  }
}

void tidy_cache() {
  const auto folder = Folder::open_existing_cache();
  if (!folder || was_tidied(*folder)) return;
  // Marked first: of several processes that end at once, one does it.
  if (!folder->write(mark, std::as_bytes(std::span(std::string_view("\n"))))) return;
  tidy(*folder, {});
}

}  // namespace skep
