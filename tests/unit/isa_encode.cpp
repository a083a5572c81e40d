// Instructions written in C++: each form beside what llvm-mc 19 makes of the same instruction.
#include "isa/encode.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace skep::isa {
namespace {

using namespace assembly;
using testing::HasSubstr;

struct Form {
  Operation operation;
  std::string_view text;  // llvm-mc -triple bpfel -mcpu=v4
  std::string_view bytes;
};

std::string hex_of(std::span<const Insn> code) {
  std::string out;
  for (const auto byte : std::as_bytes(code)) {
    out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return out;
}

TEST(IsaEncode, EncodesAsLlvmDoes) {
  const Form forms[] = {
      {mov(r6, r1), "r6 = r1", "bf16000000000000"},
      {mov(w6, w1), "w6 = w1", "bc16000000000000"},
      {mov(r2, -4), "r2 = -4", "b7020000fcffffff"},
      {mov(w2, 0xffffffff), "w2 = -1", "b4020000ffffffff"},
      {movsx(r6, s8, r1), "r6 = (s8)r1", "bf16080000000000"},
      {movsx(r6, s16, r1), "r6 = (s16)r1", "bf16100000000000"},
      {movsx(r6, s32, r1), "r6 = (s32)r1", "bf16200000000000"},
      {movsx(w6, s8, w1), "w6 = (s8)w1", "bc16080000000000"},
      {movsx(w6, s16, w1), "w6 = (s16)w1", "bc16100000000000"},
      {add(r2, -4), "r2 += -4", "07020000fcffffff"},
      {add(w2, w3), "w2 += w3", "0c32000000000000"},
      {sub(r2, r3), "r2 -= r3", "1f32000000000000"},
      {mul(r2, 3), "r2 *= 3", "2702000003000000"},
      {div(r2, r3), "r2 /= r3", "3f32000000000000"},
      {div(w2, 7), "w2 /= 7", "3402000007000000"},
      {mod(r2, 7), "r2 %= 7", "9702000007000000"},
      {sdiv(r2, r3), "r2 s/= r3", "3f32010000000000"},
      {sdiv(w2, 3), "w2 s/= 3", "3402010003000000"},
      {smod(r2, 3), "r2 s%= 3", "9702010003000000"},
      {smod(w2, w3), "w2 s%= w3", "9c32010000000000"},
      {or_(r2, r3), "r2 |= r3", "4f32000000000000"},
      {and_(w2, 0x0f), "w2 &= 15", "540200000f000000"},
      {xor_(r2, r3), "r2 ^= r3", "af32000000000000"},
      {lsh(r2, 8), "r2 <<= 8", "6702000008000000"},
      {rsh(w2, w3), "w2 >>= w3", "7c32000000000000"},
      {arsh(r2, 32), "r2 s>>= 32", "c702000020000000"},
      {neg(r2), "r2 = -r2", "8702000000000000"},
      {neg(w2), "w2 = -w2", "8402000000000000"},
      {to_be(r1, 16), "r1 = be16 r1", "dc01000010000000"},
      {to_be(r1, 32), "r1 = be32 r1", "dc01000020000000"},
      {to_le(r1, 64), "r1 = le64 r1", "d401000040000000"},
      {bswap(r1, 32), "r1 = bswap32 r1", "d701000020000000"},
      {load(r1, u64, r6[104]), "r1 = *(u64 *)(r6 + 104)", "7961680000000000"},
      {load(r1, u32, r6[0]), "r1 = *(u32 *)(r6 + 0)", "6161000000000000"},
      {load(r1, u16, r6[-2]), "r1 = *(u16 *)(r6 - 2)", "6961feff00000000"},
      {load(r1, u8, r6[1]), "r1 = *(u8 *)(r6 + 1)", "7161010000000000"},
      {load(r1, s8, r6[2]), "r1 = *(s8 *)(r6 + 2)", "9161020000000000"},
      {load(r1, s16, r6[2]), "r1 = *(s16 *)(r6 + 2)", "8961020000000000"},
      {load(r1, s32, r6[4]), "r1 = *(s32 *)(r6 + 4)", "8161040000000000"},
      {store(u64, r10[-8], r1), "*(u64 *)(r10 - 8) = r1", "7b1af8ff00000000"},
      {store(u8, r10[-1], r1), "*(u8 *)(r10 - 1) = r1", "731affff00000000"},
      {store(u32, r10[-4], 0), "*(u32 *)(r10 - 4) = 0", "620afcff00000000"},
      {store(u16, r10[-4], 7), "*(u16 *)(r10 - 4) = 7", "6a0afcff07000000"},
      {store(u64, r10[-8], -1), "*(u64 *)(r10 - 8) = -1", "7a0af8ffffffffff"},
      {load_abs(u16, 12), "r0 = *(u16 *)skb[12]", "280000000c000000"},
      {load_ind(u8, r7, 0), "r0 = *(u8 *)skb[r7]", "5070000000000000"},
      {atomic_add(u64, r1[0], r2), "lock *(u64 *)(r1 + 0) += r2", "db21000000000000"},
      {atomic_or(u32, r1[4], r2), "lock *(u32 *)(r1 + 4) |= w2", "c321040040000000"},
      {atomic_and(u64, r1[8], r2), "lock *(u64 *)(r1 + 8) &= r2", "db21080050000000"},
      {atomic_xor(u64, r1[8], r2), "lock *(u64 *)(r1 + 8) ^= r2", "db210800a0000000"},
      {fetch_add(u64, r1[0], r2), "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", "db21000001000000"},
      {fetch_or(u64, r1[0], r2), "r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)", "db21000041000000"},
      {fetch_and(u64, r1[0], r2), "r2 = atomic_fetch_and((u64 *)(r1 + 0), r2)", "db21000051000000"},
      {fetch_xor(u64, r1[0], r2), "r2 = atomic_fetch_xor((u64 *)(r1 + 0), r2)", "db210000a1000000"},
      {fetch_add(u32, r1[0], r2), "w2 = atomic_fetch_add((u32 *)(r1 + 0), w2)", "c321000001000000"},
      {xchg(u64, r1[0], r2), "r2 = xchg_64(r1 + 0, r2)", "db210000e1000000"},
      {xchg(u32, r1[4], r2), "w2 = xchg32_32(r1 + 4, w2)", "c3210400e1000000"},
      {cmpxchg(u64, r1[0], r2), "r0 = cmpxchg_64(r1 + 0, r0, r2)", "db210000f1000000"},
      {cmpxchg(u32, r1[0], r2), "w0 = cmpxchg32_32(r1 + 0, w0, w2)", "c3210000f1000000"},
      {jeq(r1, 0, "out"), "if r1 == 0 goto +2", "1501020000000000"},
      {jeq(w1, w2, "out"), "if w1 == w2 goto +2", "1e21020000000000"},
      {jne(r1, r2, "out"), "if r1 != r2 goto +2", "5d21020000000000"},
      {jgt(r1, 5, "out"), "if r1 > 5 goto +2", "2501020005000000"},
      {jge(w1, 5, "out"), "if w1 >= 5 goto +2", "3601020005000000"},
      {jlt(r1, r2, "out"), "if r1 < r2 goto +2", "ad21020000000000"},
      {jle(w1, 0xffffffff, "out"), "if w1 <= -1 goto +2", "b6010200ffffffff"},
      {jsgt(r1, -1, "out"), "if r1 s> -1 goto +2", "65010200ffffffff"},
      {jsge(r1, r2, "out"), "if r1 s>= r2 goto +2", "7d21020000000000"},
      {jslt(w1, -1, "out"), "if w1 s< -1 goto +2", "c6010200ffffffff"},
      {jsle(r1, r2, "out"), "if r1 s<= r2 goto +2", "dd21020000000000"},
      {jset(r1, 4, "out"), "if r1 & 4 goto +2", "4501020004000000"},
      {jset(w1, w2, "out"), "if w1 & w2 goto +2", "4e21020000000000"},
      {ja("out"), "goto +2", "0500020000000000"},
      {ja_far("out"), "gotol +2", "0600000002000000"},
      {exit(), "exit", "9500000000000000"},
      {call("bpf_map_lookup_elem"), "call 1", "8500000001000000"},
      {call(113), "call 113", "8500000071000000"},
      {load_immediate(r1, 0x123456789abcdef0), "r1 = 0x123456789abcdef0 ll",
       "18010000f0debc9a0000000078563412"},
  };
  for (const auto& [operation, text, bytes] : forms) {
    // A jump leads over two instructions.
    const Code code = {operation, exit(), exit(), label("out"), exit()};
    const auto encoded = encode(code);
    ASSERT_TRUE(encoded) << text << ": " << encoded.error().message();
    const std::span all(encoded->instructions);
    EXPECT_EQ(hex_of(all.first(all.size() - 3)), bytes) << text;
  }
}

// llvm-mc 19 does not know these two: include/uapi/linux/bpf.h.
TEST(IsaEncode, EncodesOrderedLoadsAndStores) {
  const Code code = {load_acquire(r2, u8, r1[4]), store_release(u64, r10[-8], r2)};
  const auto encoded = encode(code);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(hex_of(encoded->instructions),
            "d312040000010000"
            "db2af8ff10010000");
}

std::string error_of(const Code& code) {
  const auto encoded = encode(code);
  return encoded ? "none" : encoded.error().message();
}

TEST(IsaEncode, CountsSlotsFromTheNextInstruction) {
  const Code code = {
      label("again"),      load_immediate(r1, 1), ja("end"), load_immediate(r2, 2),
      jne(r1, 0, "again"), label("end"),          exit(),
  };
  const auto encoded = encode(code);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->instructions[2].off, 3);
  EXPECT_EQ(encoded->instructions[5].off, -6);
  ASSERT_EQ(encoded->lines.size(), 5U);
  EXPECT_EQ(encoded->lines[3].text, "if r1 != 0x0 goto again");
  EXPECT_EQ(encoded->lines[3].instruction, 5U);
  EXPECT_THAT(encoded->lines[3].where.file, HasSubstr("isa_encode.cpp"));
}

TEST(IsaEncode, NamesTheLineOfAMistake) {
  const auto line = __LINE__ + 1;
  const auto message = error_of({mov(r0, 0), ja("ende"), label("end"), exit()});
  EXPECT_EQ(message, fmt::format("isa_encode.cpp:{}: no label 'ende'; did you mean 'end'?", line));
}

TEST(IsaEncode, RefusesWhatDoesNotFit) {
  EXPECT_THAT(error_of({label("a"), label("a")}), HasSubstr("label 'a' is there already"));
  EXPECT_THAT(error_of({load(r1, u64, r2[40000])}), HasSubstr("offset 40000 does not fit 16 bits"));
  EXPECT_THAT(error_of({mov(r1, 0xffffffffU)}), HasSubstr("load_immediate() takes 64"));
  EXPECT_THAT(error_of({store(u64, r10[-8], 0xffffffffU)}), HasSubstr("does not fit 32 bits"));
  EXPECT_THAT(error_of({jeq(r1, 1LL << 40, "a"), label("a")}), HasSubstr("does not fit 32 bits"));
  EXPECT_THAT(error_of({call("bpf_map_lokup_elem")}),
              HasSubstr("no helper 'bpf_map_lokup_elem'; did you mean 'bpf_map_lookup_elem'?"));
  EXPECT_THAT(error_of({atomic_add(u8, r1[0], r2)}), HasSubstr("u32 or u64"));
  EXPECT_THAT(error_of({load_abs(u64, 0)}), HasSubstr("u8, u16 or u32"));
  EXPECT_THAT(error_of({movsx(w1, s32, w2)}), HasSubstr("extends the sign"));
  EXPECT_THAT(error_of({movsx(r1, u16, r2)}), HasSubstr("extends the sign"));
  EXPECT_THAT(error_of({to_be(r1, 8)}), HasSubstr("16, 32 or 64 bits"));
  Code far = {ja("end")};
  for (int i = 0; i < 40000; ++i) far.push_back(mov(r0, 0));
  far.push_back(label("end"));
  EXPECT_THAT(error_of(far), HasSubstr("label 'end' is 40000 instructions away"));
  far[0] = ja_far("end");
  EXPECT_EQ(error_of(far), "none");
}

}  // namespace
}  // namespace skep::isa
