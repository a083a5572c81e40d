#include "record/histogram.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace skep::record {
namespace {

std::string shown(const std::vector<std::uint64_t>& slots, HistogramOptions options = {}) {
  std::string out;
  append_log2_histogram(out, slots, options);
  return out;
}

TEST(Histogram, ShowsWhatLiesBetweenTheFirstAndTheLastThatIsNotEmpty) {
  std::vector<std::uint64_t> slots(27);
  slots[0] = 1;
  slots[2] = 20;
  slots[3] = 10;
  EXPECT_EQ(shown(slots, {.width = 58, .unit = "USECS"}),
            "USECS                           COUNT\n"
            "0 .. 1                              1 #\n"
            "2 .. 3                              0\n"
            "4 .. 7                             20 ####################\n"
            "8 .. 15                            10 ##########\n");
}

TEST(Histogram, LargeValuesAreShort) {
  std::vector<std::uint64_t> slots(64);
  slots[9] = slots[10] = slots[20] = slots[63] = 1;
  const auto text = shown(slots);
  for (const auto* range : {"512 .. 1023 ", "1K .. <2K ", "1M .. <2M ", "8E .. "}) {
    EXPECT_NE(text.find(range), std::string::npos) << range << "\n" << text;
  }
}

TEST(Histogram, AnyCountsAndAnyWidthFit) {
  for (const std::size_t width : {1U, 40U, 80U, 200U}) {
    const auto text = shown({9'999'999'999, 1, 7}, {.width = width, .indent = 2});
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      if (width >= 80) {
        EXPECT_LE(end - at, width) << text;
      }
      at = end + 1;
    }
  }
  EXPECT_NE(shown({UINT64_MAX, UINT64_MAX - 1}).find("18446744073709551615 ####"),
            std::string::npos);
  EXPECT_EQ(shown({0, 0}), "(empty)\n");
  EXPECT_EQ(shown({}), "(empty)\n");
}

}  // namespace
}  // namespace skep::record
