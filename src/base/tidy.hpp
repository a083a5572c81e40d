// base/tidy.hpp: the cache does not grow for ever.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/cache.hpp"

namespace skep {

struct TidyLimits {
  std::chrono::hours age = std::chrono::hours(24 * 60);  // since its last use
  std::uint64_t bytes = std::uint64_t{256} << 20;        // of all together
  std::chrono::hours grace = std::chrono::hours(1);      // another process may be using it
};

// Removes what was not used for that long, then what was used longest ago until the rest is no
// larger than that; and what a process that died left half written. What was used within the grace
// stays in any case.
void tidy(const Folder& folder, const TidyLimits& limits,
          std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

// The cache, if there is one, and not more often than once a day: for a moment when nobody waits.
void tidy_cache();

}  // namespace skep
