#include "elf/nearest.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace skep::elf {
namespace {

constexpr std::size_t most = 5;
constexpr std::size_t far = std::numeric_limits<std::size_t>::max();
constexpr std::size_t longest = 128;  // a mangled name beyond that is no misspelling

}  // namespace

// Optimal string alignment: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit || a.size() > longest || b.size() > longest) return limit + 1;
  using Row = std::array<std::size_t, longest + 1>;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t smallest = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      smallest = std::min(smallest, row[j]);
    }
    if (smallest > limit) return limit + 1;
    before = last;
    last = row;
  }
  return std::min(last[b.size()], limit + 1);
}

std::size_t Nearest::rank(std::string_view name) const {
  const std::size_t limit = wanted_.size() < 3 ? 0 : wanted_.size() < 6 ? 1 : 2;
  if (const auto changes = distance(wanted_, name, limit); changes <= limit) return changes;
  if (wanted_.empty() || name.empty()) return far;
  // What they typed is the beginning, or (a mangled name) some part of it.
  if (name.starts_with(wanted_)) return 3;
  if (wanted_.size() >= 4 && name.find(wanted_) != std::string_view::npos) return 4;
  return far;
}

void Nearest::offer(std::string_view name) {
  const std::size_t rank = this->rank(name);
  if (rank == far || (best_.size() == most && rank > best_.back().rank)) return;
  Candidate candidate{rank, std::string(name)};
  const auto place = std::ranges::lower_bound(best_, candidate);
  if (place != best_.end() && *place == candidate) return;  // .symtab and .dynsym have it both
  best_.insert(place, std::move(candidate));
  if (best_.size() > most) best_.pop_back();
}

std::vector<std::string> Nearest::names() const {
  std::vector<std::string> out;
  out.reserve(best_.size());
  for (const auto& candidate : best_) out.push_back(candidate.name);
  return out;
}

}  // namespace skep::elf
