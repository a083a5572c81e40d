#include "base/nearest.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"

namespace skep {

std::vector<std::string> nearest_names(std::string_view name, std::vector<std::string> names,
                                       std::size_t count) {
  std::vector<std::tuple<bool, std::size_t, std::string>> ranked;
  ranked.reserve(names.size());
  for (auto& candidate : names) {
    const bool contains = candidate.find(name) != std::string::npos;
    ranked.emplace_back(!contains, edit_distance(name, candidate), std::move(candidate));
  }
  count = std::min(count, ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::string> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::move(std::get<2>(ranked[i])));
  return out;
}

}  // namespace skep
