// symbol/perf_map.hpp: the names that just-in-time compilers give to what they compiled, in the
// file /tmp/perf-PID.map (tools/perf/Documentation/jit-interface.txt).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skep::symbol {

class PerfMap {
 public:
  struct Entry {
    std::uint64_t start = 0, size = 0;
    std::string_view name;
  };

  PerfMap() = default;
  // Lines "START SIZE NAME", both in hex, with or without "0x"; lines of another form are passed
  // over: a compiler may be about to write the last one.
  explicit PerfMap(std::string text);
  // Names point into the text, which stays where it is.
  PerfMap(const PerfMap&) = delete;
  PerfMap& operator=(const PerfMap&) = delete;
  PerfMap(PerfMap&&) = delete;
  PerfMap& operator=(PerfMap&&) = delete;
  ~PerfMap() = default;

  // The one that `address` lies in; of several, what was written last at the nearest start.
  [[nodiscard]] const Entry* find(std::uint64_t address) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::string text_;
  std::vector<Entry> entries_;  // by their starts, later ones of one start behind
};

}  // namespace skep::symbol
