// run/histograms.hpp: which of a table's numbers are the slots of a histogram.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "run/plan.hpp"
#include "run/session.hpp"

namespace skep::run {

// By its author (SKEP_LOG2, SKEP_LINEAR); else what is called `slots`, and arrays of counts that
// are called a histogram or a distribution: by powers of two, unless a name says that they are
// linear, or no program of the object could take a logarithm. Errors: bad_input for an annotation
// of a map that is no array of counts.
[[nodiscard]] Result<void> find_histograms(const ObjectSpec& spec, PlannedTable& table);

// The counts of one of them in an entry, or in all entries of an array.
[[nodiscard]] std::vector<std::uint64_t> slots_of(const PlannedTable& table,
                                                  const PlannedHistogram& histogram,
                                                  std::span<const std::byte> entry);

// What JSON says of histograms beside the numbers themselves.
class HistogramMembers {
 public:
  HistogramMembers() = default;
  HistogramMembers(const PlannedTable& table, const RowOptions& options);

  // To a line that ends with "}\n":
  // "_histogram":{"slots":{"unit":"us","ranges":[{"from":64,"to":127,"count":3}]}},
  // or, where each entry is a slot, "_from":64,"_to":127,"_unit":"us". The last slot has no end.
  void append(std::string& out, std::span<const std::byte> entry) const;
  [[nodiscard]] bool any() const noexcept { return !table_.histograms.empty(); }

 private:
  void append_slot(std::string& out, std::span<const std::byte> entry) const;
  PlannedTable table_;
};

}  // namespace skep::run
