#include "record/histogram.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace skep::record {
namespace {

std::string shown(const std::vector<std::uint64_t>& slots, HistogramOptions options = {},
                  const Scale& scale = {}) {
  std::string out;
  append_histogram(out, slots, scale, options);
  return out;
}

TEST(Histogram, ShowsWhatLiesBetweenTheFirstAndTheLastThatIsNotEmpty) {
  std::vector<std::uint64_t> slots(27);
  slots[0] = 1;
  slots[2] = 20;
  slots[3] = 10;
  EXPECT_EQ(shown(slots, {.width = 58}, {.unit = "us"}),
            "VALUE (us)                      COUNT\n"
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

TEST(Histogram, TheLastSlotHasAllThatIsAbove) {
  const std::vector<std::uint64_t> slots{1, 0, 0, 1};
  EXPECT_NE(shown(slots).find("\n8 .. "), std::string::npos) << shown(slots);
  EXPECT_EQ(range_of({}, 3, 4)->high, std::nullopt);
  EXPECT_EQ(range_of({}, 2, 4)->high, 7);
  EXPECT_EQ(range_of({}, 63, 64), std::nullopt);
}

TEST(Histogram, BySteps) {
  const Scale tens{.kind = Scale::Kind::linear, .from = -10, .step = 10, .unit = "ms"};
  EXPECT_EQ(shown({4, 0, 2, 1}, {.width = 58}, tens),
            "VALUE (ms)                      COUNT\n"
            "-10 .. -1                           4 ####################\n"
            "0 .. 9                              0\n"
            "10 .. 19                            2 ##########\n"
            "20 ..                               1 #####\n");
  const Scale ones{.kind = Scale::Kind::linear, .from = 1};
  EXPECT_NE(shown({0, 5, 0}, {}, ones).find("\n2    "), std::string::npos);
  EXPECT_EQ(describe(tens), "from -10 in steps of 10 ms");
}

TEST(Histogram, BySlotsOfWhichNothingElseIsKnown) {
  const auto text = shown({0, 3}, {}, {.kind = Scale::Kind::slots});
  EXPECT_EQ(text.substr(0, 5), "SLOT ");
  EXPECT_NE(text.find("\n1    "), std::string::npos) << text;
}

// Any numbers may stand in an annotation.
TEST(Histogram, RangesThatDoNotFitAreNone) {
  const Scale wide{.kind = Scale::Kind::linear, .from = INT64_MAX - 5, .step = UINT64_MAX};
  EXPECT_EQ(range_of(wide, 1, 4), std::nullopt);
  EXPECT_EQ(range_of(wide, 0, 4)->high, std::nullopt);
  EXPECT_NE(shown({1, 1, 1}, {}, wide), "");
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
