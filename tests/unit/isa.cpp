#include "isa/opcode.hpp"

#include <gtest/gtest.h>

#include "isa/helpers.hpp"
#include "isa/print.hpp"

namespace skep::isa {
namespace {

constexpr Insn make(std::uint8_t code, std::uint8_t dst, std::uint8_t src, std::int16_t off,
                    std::int32_t imm) {
  return {code, static_cast<std::uint8_t>(src << 4 | dst), off, imm};
}

struct Case {
  Insn insn;
  std::string_view text;
};

// The texts are what the verifier of Linux 6.12 prints after "(code) " (kernel/bpf/disasm.c).
TEST(IsaPrint, SpeaksTheVerifiersNotation) {
  constexpr Case cases[] = {
      {make(0xbf, 6, 1, 0, 0), "r6 = r1"},
      {make(0xbc, 6, 1, 0, 0), "w6 = w1"},
      {make(0xbf, 6, 1, 8, 0), "r6 = (s8)r1"},
      {make(0xbf, 6, 1, 32, 0), "r6 = (s32)r1"},
      {make(0xb7, 2, 0, 0, -4), "r2 = -4"},
      {make(0x07, 2, 0, 0, -4), "r2 += -4"},
      {make(0x1c, 2, 3, 0, 0), "w2 -= w3"},
      {make(0xc7, 2, 0, 0, 32), "r2 s>>= 32"},
      {make(0x37, 2, 0, 0, 3), "r2 /= 3"},
      {make(0x37, 2, 0, 1, 3), "r2 s/= 3"},
      {make(0x9f, 2, 3, 1, 0), "r2 s%= r3"},
      {make(0x87, 2, 0, 0, 0), "r2 = -r2"},
      {make(0xdc, 1, 0, 0, 16), "r1 = be16 r1"},
      {make(0xd4, 1, 0, 0, 64), "r1 = le64 r1"},
      {make(0xd7, 1, 0, 0, 32), "r1 = bswap32 r1"},
      {make(0xbf, 1, 2, 1, 1 << 16), "r1 = addr_space_cast(r2, 1, 0)"},
      {make(0x79, 1, 6, 104, 0), "r1 = *(u64 *)(r6 +104)"},
      {make(0x71, 1, 6, -1, 0), "r1 = *(u8 *)(r6 -1)"},
      {make(0x91, 1, 6, 2, 0), "r1 = *(s8 *)(r6 +2)"},
      {make(0x63, 10, 1, -8, 0), "*(u32 *)(r10 -8) = r1"},
      {make(0x6a, 10, 0, -8, 7), "*(u16 *)(r10 -8) = 7"},
      {make(0xdb, 1, 2, 0, 0), "lock *(u64 *)(r1 +0) += r2"},
      {make(0xc3, 1, 2, 4, 0x40), "lock *(u32 *)(r1 +4) |= r2"},
      {make(0xdb, 1, 2, 0, 0x01), "r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)"},
      {make(0xc3, 1, 2, 0, 0xe1), "r2 = atomic_xchg((u32 *)(r1 +0), r2)"},
      {make(0xdb, 1, 2, 0, 0xf1), "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)"},
      {make(0x30, 0, 0, 0, 12), "r0 = *(u8 *)skb[12]"},
      {make(0x48, 0, 3, 0, 2), "r0 = *(u16 *)skb[r3 + 2]"},
      {make(0x15, 1, 0, 3, 0), "if r1 == 0x0 goto pc+3"},
      {make(0xc6, 1, 0, -3, -1), "if w1 s< 0xffffffff goto pc-3"},
      {make(0x2d, 1, 2, 3, 0), "if r1 > r2 goto pc+3"},
      {make(0x05, 0, 0, -9, 0), "goto pc-9"},
      {make(0x06, 0, 0, 0, 70000), "gotol pc+70000"},
      {make(0xe5, 0, 0, 4, 0), "may_goto pc+4"},
      {make(0x85, 0, 0, 0, 4), "call bpf_probe_read#4"},
      {make(0x85, 0, 0, 0, 195896080), "call unknown#195896080"},
      {make(0x85, 0, 1, 0, -7), "call pc-7"},
      {make(0x85, 0, 2, 0, 1234), "call kernel-function#1234"},
      {make(0x95, 0, 0, 0, 0), "exit"},
  };
  for (const auto& [insn, text] : cases) EXPECT_EQ(print(insn), text);
}

TEST(IsaPrint, ReadsBothSlotsOfAWideImmediate) {
  const Insn pair[] = {make(0x18, 1, 0, 0, -2), make(0, 0, 0, 0, 1)};
  EXPECT_EQ(print(pair), "r1 = 0x1fffffffe");
  EXPECT_EQ(print(pair[0]), "r1 = 0xfffffffe");  // cut short: what is there
  EXPECT_EQ(slots_of(pair[0]), 2U);
}

TEST(IsaPrint, ShowsWhatItCannotDecode) {
  EXPECT_EQ(print(make(0xf5, 1, 2, 3, 4)), "unknown f5 21 +3 0x4");
  EXPECT_EQ(print(make(0xe7, 0, 0, 0, 0)), "unknown e7 00 +0 0x0");
  EXPECT_EQ(print(make(0xdb, 1, 2, 0, 0x70)), "unknown db 21 +0 0x70");
  for (int code = 0; code < 256; ++code) {
    for (const int imm : {0, 1, 0x41, 0xe1, -1}) {
      EXPECT_FALSE(print(make(static_cast<std::uint8_t>(code), 15, 15, -1, imm)).empty());
    }
  }
}

TEST(IsaClassification, TellsCallsApart) {
  EXPECT_TRUE(is_helper_call(make(code_call, 0, 0, 0, 1)));
  EXPECT_TRUE(is_pseudo_call(make(code_call, 0, pseudo_call, 0, 1)));
  EXPECT_FALSE(is_pseudo_call(make(code_call, 0, pseudo_kfunc_call, 0, 1)));
  EXPECT_FALSE(is_call(make(code_exit, 0, 0, 0, 0)));
}

TEST(IsaClassification, TellsWidths) {
  EXPECT_EQ(memory_bytes(make(0x71, 0, 0, 0, 0)), 1U);
  EXPECT_EQ(memory_bytes(make(0x69, 0, 0, 0, 0)), 2U);
  EXPECT_EQ(memory_bytes(make(0x61, 0, 0, 0, 0)), 4U);
  EXPECT_EQ(memory_bytes(make(0x79, 0, 0, 0, 0)), 8U);
  EXPECT_TRUE(is_load(make(0x79, 0, 0, 0, 0)));
  EXPECT_TRUE(is_store(make(0x63, 0, 0, 0, 0)));
  EXPECT_TRUE(is_store(make(0x62, 0, 0, 0, 0)));
}

TEST(IsaHelpers, KnowsTheFirstAndTheLast) {
  EXPECT_EQ(helper_name(1), "bpf_map_lookup_elem");
  EXPECT_EQ(helper_name(113), "bpf_probe_read_kernel");
  EXPECT_EQ(helper_name(211), "bpf_cgrp_storage_delete");
  EXPECT_EQ(helper_name(212), "");
  EXPECT_EQ(helper_name(-1), "");
}

}  // namespace
}  // namespace skep::isa
