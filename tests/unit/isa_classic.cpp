// Classic BPF: what is refused, and the shape of what comes out. What it does is compared with the
// kernel's own filter in tests/kernel/classic.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "isa/encode.hpp"
#include "skep/classic.hpp"

namespace skep::assembly {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ClassicInsn ret_0 = {.code = 0x06}, ret_a = {.code = 0x16};

std::vector<std::string> texts_of(std::span<const ClassicInsn> filter) {
  const auto code = from_classic(filter);
  EXPECT_TRUE(code) << code.error().message();
  std::vector<std::string> out;
  if (!code) return out;
  const auto encoded = isa::encode(*code);
  EXPECT_TRUE(encoded) << encoded.error().message();
  for (const auto& line : encoded->lines) out.push_back(line.text);
  return out;
}

std::string error_of(std::vector<ClassicInsn> filter) {
  const auto code = from_classic(filter);
  return code ? "none" : code.error().message();
}

TEST(Classic, TranslatesTheFilterForIpv4) {
  constexpr ClassicInsn filter[] = {
      {0x28, 0, 0, 12},      // ldh [12]
      {0x15, 0, 1, 0x800},   // jeq #0x800, L1, L2
      {0x06, 0, 0, 262144},  // L1: ret #len
      {0x06, 0, 0, 0},       // L2: ret #0
  };
  EXPECT_THAT(texts_of(filter),
              ElementsAre("r6 = r1", "w0 = 0", "w7 = 0", "r0 = *(u16 *)skb[12]",
                          "if w0 != 0x800 goto L3", "w0 = 262144", "exit", "w0 = 0", "exit"));
}

TEST(Classic, LeavesOutWhatNothingLeadsTo) {
  constexpr ClassicInsn filter[] = {{0x05, 0, 0, 2}, {0x00, 0, 0, 1}, ret_a, ret_0, ret_a};
  EXPECT_THAT(texts_of(filter),
              ElementsAre("r6 = r1", "w0 = 0", "w7 = 0", "goto L3", "w0 = 0", "exit"));
}

TEST(Classic, RefusesWhatTheKernelRefuses) {
  EXPECT_THAT(error_of({}), HasSubstr("a classic filter of 0 instructions"));
  EXPECT_THAT(error_of(std::vector<ClassicInsn>(4097, ret_0)), HasSubstr("1 to 4096"));
  EXPECT_THAT(error_of({{0x00}}), HasSubstr("the last one is no return"));
  EXPECT_THAT(error_of({{0x05, 0, 0, 1}, ret_0}), HasSubstr("it jumps behind the end"));
  EXPECT_THAT(error_of({{0x05, 0, 0, 0xffffffff}, ret_0}), HasSubstr("it jumps behind the end"));
  EXPECT_THAT(error_of({{0x15, 0, 1, 0}, ret_0}), HasSubstr("it jumps behind the end"));
  EXPECT_THAT(error_of({{0x34, 0, 0, 0}, ret_0}), HasSubstr("it divides by 0"));
  EXPECT_THAT(error_of({{0x64, 0, 0, 32}, ret_0}), HasSubstr("it shifts by 32 bits or more"));
  EXPECT_THAT(error_of({{0x02, 0, 0, 16}, ret_0}), HasSubstr("M[] has 16 words"));
  EXPECT_THAT(error_of({{0x0e}}), HasSubstr("a filter returns k or A"));  // ret x
  EXPECT_THAT(error_of({{0x20, 0, 0, 0xfffff002}, ret_0}), HasSubstr("nothing is known"));
  const std::vector<ClassicInsn> attributes = {{0x20, 0, 0, 0xfffff00c}, ret_0};
  EXPECT_EQ(from_classic(attributes).error().kind(), ErrorKind::unsupported);
  constexpr std::uint16_t unknown[] = {0x18, 0x38, 0x88, 0xb0, 0x31, 0x89,  0x0f,
                                       0x8c, 0xb4, 0x0d, 0x55, 0x97, 0x1000};
  for (const auto code : unknown) {
    EXPECT_NE(error_of({{code, 0, 0, 1}, ret_0}), "none") << fmt::format("{:#x}", code);
  }
}

}  // namespace
}  // namespace skep::assembly
