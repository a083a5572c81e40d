#include "run/printk.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "isa/opcode.hpp"

namespace skep::run {
namespace {

// A program that prints each format once, as bpf_printk compiles: r1 = address in .rodata; call.
ObjectSpec printing(const std::vector<std::string>& formats) {
  ObjectSpec spec;
  MapSpec rodata{.name = ".rodata", .section = DataSection::rodata};
  FunctionSpec function{.name = "f"};
  for (const auto& format : formats) {
    function.relocations.push_back(
        {.kind = Relocation::Kind::map_value,
         .instruction = static_cast<std::uint32_t>(function.instructions.size()),
         .target = 0,
         .offset = static_cast<std::uint32_t>(rodata.contents.size())});
    const auto bytes = std::as_bytes(std::span(format.c_str(), format.size() + 1));
    rodata.contents.insert(rodata.contents.end(), bytes.begin(), bytes.end());
    function.instructions.push_back({.code = isa::code_lddw, .registers = 1});
    function.instructions.push_back({});
    function.instructions.push_back({.code = isa::code_call, .imm = 6});
  }
  spec.maps.push_back(std::move(rodata));
  spec.functions.push_back(std::move(function));
  return spec;
}

TEST(PrintedFormats, TellOurLinesFromOthers) {
  const PrintedFormats formats(printing({"hello from %d", "%s: %-5llu%% of %pI4!\n", "plain"}));
  EXPECT_TRUE(formats.any());
  EXPECT_TRUE(formats.complete());
  EXPECT_TRUE(formats.matches("hello from 42"));
  EXPECT_TRUE(formats.matches("disk: 97   % of 10.0.0.1!"));
  EXPECT_TRUE(formats.matches("plain"));
  EXPECT_FALSE(formats.matches("plainer"));
  EXPECT_FALSE(formats.matches("hello to 42"));
  EXPECT_FALSE(formats.matches("disk: 97 of 10.0.0.1!"));
  EXPECT_FALSE(formats.matches(""));
}

TEST(PrintedFormats, LiteralPartsMayNotOverlap) {
  const PrintedFormats formats(printing({"ab%dba"}));
  EXPECT_TRUE(formats.matches("ab1ba"));
  EXPECT_TRUE(formats.matches("abba"));
  EXPECT_FALSE(formats.matches("aba"));
}

TEST(PrintedFormats, AnUnknownFormatLetsEveryLineThrough) {
  auto spec = printing({"known"});
  spec.functions[0].instructions.push_back({.code = isa::code_call, .imm = 6});
  const PrintedFormats formats(spec);
  EXPECT_FALSE(formats.complete());
  EXPECT_TRUE(formats.matches("anything"));
}

TEST(PrintedFormats, HostileFormatsDoNoHarm) {
  for (const char* format : {"%", "%%", "%-", "%p", "%pI", "%l", ""}) {
    const PrintedFormats formats(printing({format}));
    EXPECT_FALSE(formats.matches("something else entirely \x01") && std::strlen(format) == 0);
  }
}

TEST(PrintedFormats, NothingIsPrintedByAnObjectWithoutCalls) {
  EXPECT_FALSE(PrintedFormats(printing({})).any());
}

}  // namespace
}  // namespace skep::run
