// Answers of the CO-RE engine, written into instructions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "isa/print.hpp"
#include "object/core.hpp"
#include "object/link.hpp"
#include "unit/btf_builder.hpp"

namespace skep::object {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

constexpr CoreRelocation relocation{};

constexpr Insn load(std::uint8_t code, std::int16_t off) { return {code, 0x21, off, 0}; }
constexpr Insn add(std::int32_t imm) { return {0x07, 1, 0, imm}; }

// struct s.x (0:0 @ offset 8)
CoreText x_of_s() {
  BtfBuilder types;
  const auto s = types.add_struct("s", 16, {{"x", types.add_int("int", 4), 64}});
  return {types.btf(), btf::CoreKind::field_byte_offset, {s, {0, 0}, {{s, 0, "x"}}, 64}};
}

CoreAnswer moved(std::uint64_t from, std::uint64_t to, std::uint32_t local_size = 4,
                 std::uint32_t target_size = 4) {
  CoreAnswer answer;
  answer.value = to;
  answer.local_value = from;
  answer.local_size = local_size;
  answer.target_size = target_size;
  answer.local = x_of_s();
  return answer;
}

std::string patched(std::vector<Insn> code, const CoreAnswer& answer) {
  const auto done = apply_core(code, 0, relocation, answer);
  return done ? isa::print(code) : done.error().message();
}

TEST(CorePatch, MovesLoadsAndStores) {
  EXPECT_EQ(patched({load(0x61, 8)}, moved(8, 24)), "r1 = *(u32 *)(r2 +24)");
  EXPECT_EQ(patched({load(0x63, 8)}, moved(8, 24)), "*(u32 *)(r1 +24) = r2");
  EXPECT_EQ(patched({load(0x62, 8)}, moved(8, 24)), "*(u32 *)(r1 +24) = 0");
  EXPECT_EQ(patched({load(0x61, 8)}, moved(8, 32767)), "r1 = *(u32 *)(r2 +32767)");
}

TEST(CorePatch, ChangesImmediates) {
  EXPECT_EQ(patched({add(8)}, moved(8, 24)), "r1 += 24");
  EXPECT_EQ(patched({{0xb4, 1, 0, 8}}, moved(8, 24)), "w1 = 24");
  const CoreAnswer negative = moved(static_cast<std::uint64_t>(-1), static_cast<std::uint64_t>(-2));
  EXPECT_EQ(patched({add(-1)}, negative), "r1 += -2");
}

TEST(CorePatch, ChangesWideImmediates) {
  EXPECT_EQ(patched({{0x18, 1, 0, 8}, {}}, moved(8, 0x123456789abULL)), "r1 = 0x123456789ab");
  EXPECT_EQ(patched({{0x18, 1, 0, 0}, {0, 0, 0, 1}}, moved(1ULL << 32, 5)), "r1 = 0x5");
}

TEST(CorePatch, ResizesLoads) {
  EXPECT_EQ(patched({load(0x61, 8)}, moved(8, 16, 4, 8)), "r1 = *(u64 *)(r2 +16)");
  EXPECT_EQ(patched({load(0x79, 8)}, moved(8, 16, 8, 1)), "r1 = *(u8 *)(r2 +16)");
  EXPECT_EQ(patched({load(0x81, 8)}, moved(8, 16, 4, 2)), "r1 = *(s16 *)(r2 +16)");
  EXPECT_EQ(patched({add(8)}, moved(8, 16, 4, 8)), "r1 += 16");
  EXPECT_THAT(patched({load(0x71, 8)}, moved(8, 16, 4, 8)), HasSubstr("moves 1 bytes"));
  EXPECT_THAT(patched({load(0x61, 8)}, moved(8, 16, 4, 12)), HasSubstr("moves 12 bytes"));
}

TEST(CorePatch, PoisonsWhatIsAbsent) {
  CoreAnswer absent;
  absent.local_value = 8;
  EXPECT_EQ(patched({load(0x61, 8)}, absent), "call unknown#195896080");
  EXPECT_EQ(patched({add(8)}, absent), "call unknown#195896080");
  std::vector<Insn> wide = {{0x18, 1, 0, 8}, {}};
  ASSERT_TRUE(apply_core(wide, 0, relocation, absent));
  const Insn poison{.code = 0x85, .imm = poison_call};
  EXPECT_EQ(wide[0], poison);
  EXPECT_EQ(wide[1], poison);
}

TEST(CorePatch, PoisonsLoadsThatWouldLie) {
  auto answer = moved(8, 16, 4, 8);
  answer.fail_on_local_size_mismatch = true;
  EXPECT_EQ(patched({load(0x61, 8)}, answer), "call unknown#195896080");
  EXPECT_EQ(patched({add(8)}, answer), "r1 += 16");  // only an offset
}

TEST(CorePatch, ChecksWhatTheCompilerWrote) {
  EXPECT_THAT(patched({load(0x61, 4)}, moved(8, 16)),
              HasSubstr("byte_off of struct s.x (0:0 @ offset 8) in 'r1 = *(u32 *)(r2 +4)': the "
                        "instruction holds 4, the compiler's types say 8"));
  EXPECT_THAT(patched({add(4)}, moved(8, 16)), HasSubstr("holds 4"));
  EXPECT_THAT(patched({{0x18, 1, 0, 4}, {}}, moved(8, 16)), HasSubstr("holds 4"));
  auto unchecked = moved(8, 16);
  unchecked.local_value.reset();
  EXPECT_EQ(patched({load(0x61, 4)}, unchecked), "r1 = *(u32 *)(r2 +16)");
}

TEST(CorePatch, RefusesWhatCannotHoldTheAnswer) {
  EXPECT_THAT(patched({load(0x61, 8)}, moved(8, 32768)), HasSubstr("32768 does not fit"));
  EXPECT_THAT(patched({{0x95, 0, 0, 0}}, moved(0, 1)), HasSubstr("cannot be relocated"));
  EXPECT_THAT(patched({{0x0f, 0x21, 0, 0}}, moved(0, 1)), HasSubstr("cannot be relocated"));
  EXPECT_THAT(patched({{0x18, 1, 0, 8}}, moved(8, 1)), HasSubstr("cut short"));
  EXPECT_THAT(patched({{0x18, 0x11, 0, 8}, {}}, moved(8, 1)), HasSubstr("unexpected form"));
  EXPECT_THAT(patched({{0x18, 1, 0, 8}, {1, 0, 0, 0}}, moved(8, 1)), HasSubstr("unexpected form"));
  std::vector<Insn> code;
  EXPECT_FALSE(apply_core(code, 0, relocation, moved(0, 1)));
}

}  // namespace
}  // namespace skep::object
