// elf/nearest.hpp: which of many names did they mean?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace skep::elf {

// Changes (one letter added, dropped, replaced, or two neighbours swapped) from one text to the
// other, or limit + 1 when it takes more than `limit`.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b, std::size_t limit);

// Keeps the few names that are nearest to what was wanted, of any number that are offered.
class Nearest {
 public:
  explicit Nearest(std::string_view wanted) : wanted_(wanted) {}

  void offer(std::string_view name);

  // Best first; at most five.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Candidate {
    std::size_t rank;
    std::string name;
    auto operator<=>(const Candidate&) const = default;
  };

  // Smaller is nearer; nothing in common gives the largest number.
  [[nodiscard]] std::size_t rank(std::string_view name) const;

  std::string wanted_;
  std::vector<Candidate> best_;  // sorted
};

}  // namespace skep::elf
