// record/scale.hpp: which values the slots of a histogram count.
#pragma once

#include <cstdint>
#include <string>

namespace skep::record {

struct Scale {
  enum class Kind : std::uint8_t {
    log2,    // slot i: from 2^i to 2^(i+1)-1, the first one 0 too
    linear,  // slot i: from `from` + i * `step`, `step` values
    slots,   // one after the other; nothing says which values these are
  };
  Kind kind = Kind::log2;
  std::int64_t from = 0;   // linear
  std::uint64_t step = 1;  // linear; never 0
  std::string unit;        // of the values: "us"; empty where nothing says it
};

}  // namespace skep::record
