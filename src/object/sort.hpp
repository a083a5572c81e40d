// object/sort.hpp: std::stable_sort, which clang refuses with the standard library of g++ 12 (that
// one calls the deprecated std::get_temporary_buffer).
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace skep::object {

// Sorts by `key` (a member or a function of an element); equal ones stay in their order.
template <typename T, typename Key>
void sort_stably(std::vector<T>& list, Key key, std::size_t first = 0) {
  const auto begin = list.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::ranges::is_sorted(begin, list.end(), {}, key)) return;  // nearly always
  using Value = std::decay_t<decltype(std::invoke(key, *begin))>;
  std::vector<std::pair<Value, std::size_t>> order;
  for (std::size_t i = first; i < list.size(); ++i)
    order.emplace_back(std::invoke(key, list[i]), i);
  std::ranges::sort(order);
  std::vector<T> sorted;
  sorted.reserve(order.size());
  for (const auto& [value, index] : order) sorted.push_back(std::move(list[index]));
  std::ranges::move(sorted, begin);
}

}  // namespace skep::object
