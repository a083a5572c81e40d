// base/text.hpp: small things that texts need.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skep {

// How many single-character edits turn one text into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate most like `name`, if any is like it at all (a third of the letters may differ, or
// one contains the other): for "did you mean".
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 std::span<const std::string> candidates);

// "a, b and c".
[[nodiscard]] std::string enumerate(std::span<const std::string> items);

}  // namespace skep
