// base/nearest.hpp: what somebody may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skep {

// The `count` names that differ least from `name`, the nearest first.
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view name,
                                                     std::vector<std::string> names,
                                                     std::size_t count);

}  // namespace skep
