// record/histogram.hpp: how often values of a size occurred, as bars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace skep::record {

struct HistogramOptions {
  std::size_t width = 0;       // terminal columns; 0: 80
  std::size_t indent = 0;      // columns in front
  const char* unit = "VALUE";  // above the ranges
};

// One line a slot, from the first that is not empty to the last: the values that it counts, how
// many, and a bar. Slot i counts values from 2^i to 2^(i+1)-1, the first one 0 too, as bpf_log2l()
// and its like number them. Nothing but a word when all are empty.
void append_log2_histogram(std::string& out, std::span<const std::uint64_t> slots,
                           const HistogramOptions& options);

}  // namespace skep::record
