// record/kind.hpp: two members that say one thing.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "record/kind.hpp"

namespace skep::record {
namespace {

bool is_single(const Column& column) { return column.dimensions.empty() && column.bit_size == 0; }

bool have_same_parent(const Column& a, const Column& b) {
  return a.path.size() == b.path.size() &&
         std::equal(a.path.begin(), a.path.end() - 1, b.path.begin());
}

// The one beside the address before any other.
const Column* family_for(const Schema& schema, const Column& address) {
  const Column* any = nullptr;
  for (const auto& column : schema.columns) {
    if (column.meaning != Meaning::family || !is_single(column)) continue;
    if (have_same_parent(column, address)) return &column;
    if (any == nullptr) any = &column;
  }
  return any;
}

// "saddr_v4" → "saddr", "v4" → "".
std::string stem_of(std::string name) {
  for (const std::string_view suffix : {"_ipv4", "_ip4", "_v4", "ipv4", "ip4", "v4", "_4", "4"}) {
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - suffix.size());
    break;
  }
  return name;
}

bool says_six(const Column& column) {
  const auto& name = column.path.back();
  return name.ends_with('6');
}

void rename(Schema& schema, Column& column, std::vector<std::string> path) {
  std::string name = fmt::format("{}", fmt::join(path, "."));
  const bool is_taken = std::ranges::any_of(schema.columns, [&](const Column& other) {
    return &other != &column && (other.name == name || other.path == path);
  });
  if (is_taken) return;
  column.path = std::move(path);
  column.name = std::move(name);
}

// A union of four and of sixteen bytes whose names end in 4 and 6.
void find_pairs(Schema& schema) {
  for (auto& four : schema.columns) {
    if (!four.path.back().ends_with("v4") && !four.path.back().ends_with("ip4")) continue;
    for (auto& six : schema.columns) {
      const bool is_pair = six.offset == four.offset && have_same_parent(four, six) &&
                           says_six(six) && can_be(four, Meaning::ip4) && can_be(six, Meaning::ip6);
      if (!is_pair) continue;
      show_as(four, Meaning::ip4);
      show_as(six, Meaning::ip6);
    }
  }
}

}  // namespace

void join_addresses(Schema& schema) {
  find_pairs(schema);
  auto& columns = schema.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].meaning != Meaning::ip6 || !is_single(columns[i])) continue;
    const Column* family = family_for(schema, columns[i]);
    if (family == nullptr) continue;
    const auto four = std::ranges::find_if(columns, [&](const Column& other) {
      return other.meaning == Meaning::ip4 && is_single(other) &&
             other.offset == columns[i].offset && have_same_parent(other, columns[i]);
    });
    if (four == columns.end() && says_six(columns[i])) continue;
    columns[i].meaning = Meaning::ip;
    columns[i].selector = family->offset;
    columns[i].selector_size = static_cast<std::uint8_t>(family->size);
    if (four == columns.end()) continue;
    auto path = four->path;
    path.back() = stem_of(path.back());
    if (path.back().empty()) path.pop_back();
    if (path.empty()) path = {"addr"};
    const auto at = static_cast<std::size_t>(four - columns.begin());
    Column joined = std::move(columns[i]);
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(std::max(at, i)));
    i = std::min(at, i);
    columns[i] = std::move(joined);
    rename(schema, columns[i], std::move(path));
  }
}

void join_prefix(Schema& schema) {
  auto& columns = schema.columns;
  const auto is_of_key = [](const Column& column) { return column.path.front() == "key"; };
  if (std::ranges::count_if(columns, is_of_key) != 2 || columns.size() < 2) return;
  const Column length = columns[0];
  Column& address = columns[1];
  if (!is_of_key(length) || !is_of_key(address) || length.offset != 0 || length.size != 4) return;
  if (address.offset != 4) return;
  if (!show_as(address, Meaning::ip4) && !show_as(address, Meaning::ip6)) return;
  if (!address.dimensions.empty()) return;
  address.meaning = Meaning::cidr;
  address.selector = 0;
  address.selector_size = 4;
  columns.erase(columns.begin());
  rename(schema, columns[0], {"key"});
}

}  // namespace skep::record
