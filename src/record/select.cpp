#include "record/select.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/nearest.hpp"
#include "record/operation.hpp"

namespace skep::record {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same(std::string_view a, std::string_view b, bool any_case) {
  if (!any_case) return a == b;
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::vector<std::size_t> find(const Schema& schema, std::string_view name, bool any_case) {
  std::vector<std::size_t> inside;
  const std::string parent = std::string(name) + '.';
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    const auto path = fmt::format("{}", fmt::join(column.path, "."));
    if (is_same(column.name, name, any_case) || is_same(path, name, any_case)) return {i};
    for (const std::string_view whole : {std::string_view(path), std::string_view(column.name)}) {
      if (!is_same(whole.substr(0, parent.size()), parent, any_case)) continue;
      inside.push_back(i);
      break;
    }
  }
  return inside;
}

bool is_inside(const Column& column, const Column& first, std::size_t depth) {
  return column.path.size() > depth + 1 && first.path.size() > depth + 1 &&
         column.path[depth] == first.path[depth];
}

// Those inside the struct of the first one, moved up to it; the order stays. (Not by
// std::stable_partition, of which clang says that libstdc++ calls what is deprecated.)
void group(std::span<Column> columns, std::size_t depth) {
  while (!columns.empty()) {
    std::size_t members = 1;
    for (std::size_t i = 1; i < columns.size(); ++i) {
      if (!is_inside(columns[i], columns.front(), depth)) continue;
      const auto begin = columns.begin() + static_cast<std::ptrdiff_t>(members++);
      const auto at = columns.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(begin, at, at + 1);
    }
    if (members > 1) group(columns.first(members), depth + 1);
    columns = columns.subspan(members);
  }
}

}  // namespace

std::vector<std::size_t> find_columns(const Schema& schema, std::string_view name) {
  auto exact = find(schema, name, false);
  return exact.empty() ? find(schema, name, true) : exact;
}

std::vector<std::string> names_of(const Schema& schema) {
  std::vector<std::string> out;
  out.reserve(schema.columns.size());
  for (const auto& column : schema.columns) out.push_back(column.name);
  return out;
}

std::string nearest_column(std::string_view name, std::vector<std::string> names) {
  std::string wanted(name);
  std::ranges::transform(wanted, wanted.begin(), lower);
  const auto nearest = nearest_names(wanted, std::move(names), 1);
  return nearest.empty() ? std::string() : nearest.front();
}

Schema select_columns(const Schema& schema, const std::vector<std::string>& names) {
  Schema out = schema;
  std::vector<std::size_t> chosen;
  for (const auto& name : names) {
    for (const std::size_t index : find_columns(schema, name)) {
      if (std::ranges::find(chosen, index) == chosen.end()) chosen.push_back(index);
    }
  }
  if (chosen.empty()) return out;
  out.columns.clear();
  for (const std::size_t index : chosen) out.columns.push_back(schema.columns[index]);
  out.size = static_cast<std::uint32_t>(extent_of(schema));
  out.is_partial = true;
  return out;
}

std::vector<Column> group_by_parents(std::vector<Column> columns) {
  group(columns, 0);
  return columns;
}

}  // namespace skep::record
