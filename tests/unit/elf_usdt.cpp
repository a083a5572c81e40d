// USDT: notes, and the texts of arguments, as assemblers write them and as they should not be.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "elf/usdt.hpp"

namespace skep::elf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = UsdtArgument::Kind;

UsdtContext x86(bool is_fixed = false) {
  return {.machine = EM_X86_64,
          .address = 0x1000,
          .is_fixed = is_fixed,
          .find_symbol = [](std::string_view name) -> std::optional<std::uint64_t> {
            if (name == "counter") return 0x4000;
            return std::nullopt;
          }};
}
UsdtContext arm64() { return {.machine = EM_AARCH64, .address = 0x1000, .find_symbol = {}}; }

UsdtArgument one(std::string_view text, const UsdtContext& context) {
  const auto out = parse_usdt_arguments(text, context);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return {};
  }
  EXPECT_EQ(out->size(), 1U);
  return out->empty() ? UsdtArgument() : out->front();
}

std::string error(std::string_view text, const UsdtContext& context) {
  const auto out = parse_usdt_arguments(text, context);
  return out ? "no error" : out.error().message();
}

UsdtArgument in_register(std::uint16_t base, std::uint8_t size, bool is_signed = false) {
  return {.kind = Kind::in_register, .size = size, .is_signed = is_signed, .base = base};
}
UsdtArgument in_memory(std::uint16_t base, std::int64_t value, std::uint8_t size = 8,
                       std::optional<std::uint16_t> index = {}, std::uint8_t shift = 0) {
  return {.kind = Kind::in_memory,
          .size = size,
          .value = value,
          .base = base,
          .index = index,
          .shift = shift};
}

// Offsets as in arch/x86/include/asm/ptrace.h.
constexpr std::uint16_t r15 = 0, rbp = 32, rbx = 40, r8 = 72, rax = 80, rcx = 88, rip = 128,
                        rsp = 152;

TEST(UsdtArguments, OfX86AreRegisters) {
  EXPECT_EQ(one("8@%rax", x86()), in_register(rax, 8));
  EXPECT_EQ(one("-4@%eax", x86()), in_register(rax, 4, true));
  EXPECT_EQ(one("2@%ax", x86()), in_register(rax, 2));
  EXPECT_EQ(one("-1@%al", x86()), in_register(rax, 1, true));
  EXPECT_EQ(one("1@%r8b", x86()), in_register(r8, 1));
  EXPECT_EQ(one("4@%r15d", x86()), in_register(r15, 4));
  EXPECT_EQ(one("8@%r15", x86()), in_register(r15, 8));
  EXPECT_EQ(one("8@%rsp", x86()), in_register(rsp, 8));
  EXPECT_EQ(one("@%rax", x86()), in_register(rax, 8)) << "without a size it is a word";
}

TEST(UsdtArguments, OfX86AreConstants) {
  EXPECT_EQ(one("-4@$-9", x86()), (UsdtArgument{.size = 4, .is_signed = true, .value = -9}));
  EXPECT_EQ(one("8@$0x10", x86()).value, 16);
  EXPECT_EQ(one("8@$18446744073709551615", x86()).value, -1);
  EXPECT_EQ(one("8@$counter+4", x86(true)).value, 0x4004);
  EXPECT_THAT(error("8@$counter", x86()), HasSubstr("the linker has to change"));
}

TEST(UsdtArguments, OfX86AreInMemory) {
  EXPECT_EQ(one("4@-20(%rbp)", x86()), in_memory(rbp, -20, 4));
  EXPECT_EQ(one("8@(%rsp)", x86()), in_memory(rsp, 0));
  EXPECT_EQ(one("8@0x10(%rbx)", x86()), in_memory(rbx, 16));
  EXPECT_EQ(one("8@8+8-4(%rbx)", x86()), in_memory(rbx, 12));
  EXPECT_EQ(one("8@-4(%rax,%rbx,4)", x86()), in_memory(rax, -4, 8, rbx, 2));
  EXPECT_EQ(one("8@(%rax,%rbx)", x86()), in_memory(rax, 0, 8, rbx, 0));
  EXPECT_EQ(one("8@( %rax , %rbx , 8 )", x86()), in_memory(rax, 0, 8, rbx, 3));
  EXPECT_EQ(one("8@16(,%rcx)", x86()), in_memory(rcx, 16)) << "an index alone is a base";
}

// A symbol is as far from the probe as in the file, wherever the binary is loaded.
TEST(UsdtArguments, OfX86AreAtSymbols) {
  EXPECT_EQ(one("8@counter(%rip)", x86()), in_memory(rip, 0x3000));
  EXPECT_EQ(one("8@counter+4(%rip)", x86()), in_memory(rip, 0x3004));
  EXPECT_EQ(one("8@4+counter(%rip)", x86()), in_memory(rip, 0x3004));
  EXPECT_EQ(one("8@-4(%rip)", x86()), in_memory(rip, -4));
  EXPECT_EQ(one("8@counter", x86(true)), in_memory(rip, 0x3000));
  EXPECT_EQ(one("8@0x4010", x86(true)), in_memory(rip, 0x3010));
  EXPECT_EQ(one("8@counter(%rax)", x86(true)), in_memory(rax, 0x4000));
  EXPECT_EQ(one("8@counter(,%rax,8)", x86(true)), in_memory(rip, 0x3000, 8, rax, 3));
  EXPECT_THAT(error("8@counter(%rax)", x86()), HasSubstr("the linker has to change"));
  EXPECT_THAT(error("8@counter(,%rax,8)", x86()), HasSubstr("where the binary is loaded"));
  EXPECT_THAT(error("8@0x4010", x86()), HasSubstr("where the binary is loaded"));
  EXPECT_THAT(error("8@(,%rax,8)", x86()), HasSubstr("where the binary is loaded"));
  EXPECT_THAT(error("8@other(%rip)", x86()), HasSubstr("symbol 'other'"));
  UsdtContext none{.machine = EM_X86_64, .find_symbol = {}};
  EXPECT_THAT(error("8@counter(%rip)", none), HasSubstr("symbol 'counter'"));
}

TEST(UsdtArguments, OfArm64) {
  EXPECT_EQ(one("8@x0", arm64()), in_register(0, 8));
  EXPECT_EQ(one("-4@w30", arm64()), in_register(240, 4, true));
  EXPECT_EQ(one("8@sp", arm64()), in_register(248, 8));
  EXPECT_EQ(one("-4@-5", arm64()), (UsdtArgument{.size = 4, .is_signed = true, .value = -5}));
  EXPECT_EQ(one("4@wzr", arm64()), (UsdtArgument{.size = 4}));
  EXPECT_EQ(one("8@[sp]", arm64()), in_memory(248, 0));
  EXPECT_EQ(one("8@[sp, 12]", arm64()), in_memory(248, 12));
  EXPECT_EQ(one("8@[x29, #-20]", arm64()), in_memory(232, -20));
  EXPECT_EQ(one("8@[x1, x2]", arm64()), in_memory(8, 0, 8, 16, 0));
  EXPECT_EQ(one("8@[x1,x2,lsl 3]", arm64()), in_memory(8, 0, 8, 16, 3));
  EXPECT_THAT(error("8@[x1, w2, sxtw 2]", arm64()), HasSubstr("index of 32 bits"));
  EXPECT_THAT(error("8@[x1, x2, ror 2]", arm64()), HasSubstr("other than by lsl"));
  EXPECT_THAT(error("8@d0", arm64()), HasSubstr("register 'd0'"));
  EXPECT_THAT(error("8@x31", arm64()), HasSubstr("register 'x31'"));
  for (const auto* text :
       {"8@[sp", "8@[", "8@[]", "8@[x1,", "8@[x1, x2, lsl 4]", "8@x0 x", "8@#"}) {
    EXPECT_NE(error(text, arm64()), "no error") << text;
  }
}

TEST(UsdtArguments, ComeOneAfterTheOther) {
  const auto both = parse_usdt_arguments("8@[sp, 12] -4@w1 ", arm64());
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_THAT(*both, ElementsAre(in_memory(248, 12), in_register(8, 4, true)));
  EXPECT_THAT(parse_usdt_arguments("", x86()).value(), IsEmpty());
  EXPECT_THAT(parse_usdt_arguments("  ", x86()).value(), IsEmpty());
  std::string many;
  for (int i = 0; i < 12; ++i) many += "8@%rax ";
  EXPECT_EQ(parse_usdt_arguments(many, x86())->size(), 12U);
  EXPECT_THAT(error(many + "8@%rax", x86()), HasSubstr("more than 12"));
}

TEST(UsdtArguments, ThatCannotBeReadAreNamed) {
  EXPECT_THAT(error("8@%rax 8f@%xmm0", x86()),
              HasSubstr("argument 2, '8f@%xmm0', is a number in floating point"));
  EXPECT_THAT(error("4f@-4(%rbp)", x86()), HasSubstr("floating point"));
  EXPECT_THAT(error("16@(%rax)", x86()), HasSubstr("has 16 bytes"));
  EXPECT_THAT(error("8@%xmm15", x86()), HasSubstr("register 'xmm15'"));
  EXPECT_THAT(error("8@%fs:16", x86()), HasSubstr("thread-local"));
  EXPECT_THAT(error("1@%ah", x86()), HasSubstr("upper half"));
  EXPECT_THAT(error("8@%r16", x86()), HasSubstr("register 'r16'"));
  EXPECT_THAT(error("8@x0", {.machine = EM_RISCV, .find_symbol = {}}), HasSubstr("machine 243"));
  for (const auto* text :
       {"8", "8@", "@", "8@%", "8@$", "8%rax", "8@(%rax", "8@(%rax,%rbx,3)", "8@(%rax,%rbx,)",
        "8@%rax)", "8@4 4(%rax)", "8@-counter(%rip)", "8@counter+counter(%rip)", "--4@%rax",
        "8@99999999999999999999(%rax)", "x@%rax"}) {
    EXPECT_NE(error(text, x86()), "no error") << text;
  }
  EXPECT_EQ(parse_usdt_arguments("8@%", x86()).error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(parse_usdt_arguments("8@(%rax", x86()).error().kind(), ErrorKind::bad_input);
}

// A note of the section, and what is wrong with it.
std::vector<std::byte> note(std::uint32_t name_size, std::uint32_t size, std::uint32_t type,
                            std::string_view name, std::string_view content) {
  std::vector<std::byte> out;
  append_bytes(out, name_size);
  append_bytes(out, size);
  append_bytes(out, type);
  for (const auto text : {name, content}) {
    for (const char c : text) append_bytes(out, c);
    out.resize(round_up(out.size(), 4));
  }
  return out;
}

std::string content() {
  std::string out;
  for (const std::uint64_t value : {0x1111, 0x2222, 0x3333}) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  using namespace std::string_literals;
  return out + "libc\0setjmp\0008@%rdi -4@%esi\0"s;
}

constexpr std::string_view owner("stapsdt\0", 8);

TEST(UsdtNotes, AreRead) {
  auto section = note(8, static_cast<std::uint32_t>(content().size()), 3, owner, content());
  const auto foreign = note(4, 5, 3, std::string_view("GNU\0", 4), "12345");
  section.insert(section.begin(), foreign.begin(), foreign.end());
  const auto notes = parse_usdt_notes(section, true);
  ASSERT_TRUE(notes) << notes.error().message();
  ASSERT_EQ(notes->size(), 1U);
  EXPECT_EQ(notes->front().address, 0x1111U);
  EXPECT_EQ(notes->front().base, 0x2222U);
  EXPECT_EQ(notes->front().semaphore, 0x3333U);
  EXPECT_EQ(notes->front().provider, "libc");
  EXPECT_EQ(notes->front().name, "setjmp");
  EXPECT_EQ(notes->front().arguments, "8@%rdi -4@%esi");
  EXPECT_THAT(parse_usdt_notes({}, true).value(), IsEmpty());
}

TEST(UsdtNotes, OfHostileFilesAreRefused) {
  const auto size = static_cast<std::uint32_t>(content().size());
  const auto good = note(8, size, 3, owner, content());
  for (std::size_t cut = 1; cut < good.size() - 3; ++cut) {  // padding may be missing
    EXPECT_FALSE(parse_usdt_notes(Bytes(good).first(cut), true)) << cut;
  }
  EXPECT_FALSE(parse_usdt_notes(note(8, 0xffffffff, 3, owner, content()), true));
  EXPECT_FALSE(parse_usdt_notes(note(0xffffffff, size, 3, owner, content()), true));
  EXPECT_FALSE(parse_usdt_notes(note(8, 10, 3, owner, content()), true));
  EXPECT_FALSE(parse_usdt_notes(note(8, 30, 3, owner, content()), true)) << "no end of a text";
}

}  // namespace
}  // namespace skep::elf
