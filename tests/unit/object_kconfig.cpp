// The kernel's configuration, read into variables.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "object/link.hpp"
#include "unit/btf_builder.hpp"
#include "unit/object_builder.hpp"

namespace skep::object {
namespace {

using test::BtfBuilder;
using test::ObjectBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

using MakeType = std::function<BtfBuilder::Id(BtfBuilder&)>;

MakeType integer(std::uint32_t bytes, std::uint32_t encoding = BtfBuilder::plain) {
  return [=](BtfBuilder& b) { return b.add_int("number", bytes, encoding); };
}
MakeType text(std::uint32_t bytes) {
  return
      [=](BtfBuilder& b) { return b.add_array(b.add_int("char", 1, BtfBuilder::signed_), bytes); };
}
BtfBuilder::Id tristate(BtfBuilder& b) { return b.add_enum("libbpf_tristate", 4, {{"TRI_NO", 0}}); }
const auto boolean = integer(1, BtfBuilder::bool_);

// An object with one value of the configuration.
ObjectSpec asks(const MakeType& type, std::string_view name = "CONFIG_X", bool is_weak = false) {
  BtfBuilder types;
  const auto id = types.add_var(name, type(types), btf::Linkage::extern_);
  types.add_datasec(".kconfig", 0, {{id, 0, 0}});
  ObjectBuilder b;
  b.add_symbol(name, STT_NOTYPE, is_weak ? STB_WEAK : STB_GLOBAL, 0);
  b.add_section(".BTF", SHT_PROGBITS, 0, types.build());
  return ObjectSpec::parse(b.build(), "made").value();
}

Result<std::vector<std::byte>> read(const ObjectSpec& spec, const Target& target) {
  SKEP_TRY(const auto linker, Linker::create(spec, target));
  return linker.kconfig();
}

Result<std::vector<std::byte>> read(const MakeType& type, std::string_view line) {
  return read(asks(type), {.kconfig = {{"a file", std::string(line) + "\n"}}});
}

// The value as an unsigned number, or the reason against it.
std::string value(const MakeType& type, std::string_view line) {
  const auto bytes = read(type, line);
  if (!bytes) return bytes.error().message();
  std::uint64_t number = 0;
  std::memcpy(&number, bytes->data(), std::min<std::size_t>(bytes->size(), 8));
  return fmt::to_string(number);
}

std::string words(const MakeType& type, std::string_view line) {
  const auto bytes = read(type, line);
  if (!bytes) return bytes.error().message();
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(Kconfig, Choices) {
  EXPECT_EQ(value(boolean, "CONFIG_X=y"), "1");
  EXPECT_EQ(value(boolean, "CONFIG_X=n"), "0");
  EXPECT_EQ(value(boolean, "CONFIG_X=m"),
            "a file: 'CONFIG_X' is m, and it is declared as number: it needs an enum "
            "libbpf_tristate or a char");
  EXPECT_EQ(value(tristate, "CONFIG_X=n"), "0");
  EXPECT_EQ(value(tristate, "CONFIG_X=y"), "1");
  EXPECT_EQ(value(tristate, "CONFIG_X=m"), "2");
  EXPECT_EQ(value(integer(1), "CONFIG_X=m"), fmt::to_string(+'m'));
  EXPECT_THAT(value(integer(4), "CONFIG_X=y"), HasSubstr("it needs a bool"));
  EXPECT_THAT(value(text(4), "CONFIG_X=y"), HasSubstr("it needs a bool"));
}

TEST(Kconfig, Numbers) {
  EXPECT_EQ(value(integer(4), "CONFIG_X=250"), "250");
  EXPECT_EQ(value(integer(8), "CONFIG_X=0xdead000000000000"), "16045481047390945280");
  EXPECT_EQ(value(integer(4), "CONFIG_X=010"), "8");
  EXPECT_EQ(value(integer(4), "CONFIG_X=0"), "0");
  EXPECT_EQ(value(integer(8), "CONFIG_X=18446744073709551615"), "18446744073709551615");
  for (const auto* line : {"CONFIG_X=18446744073709551616", "CONFIG_X=12a", "CONFIG_X=0x",
                           "CONFIG_X=08", "CONFIG_X=-", "CONFIG_X= "}) {
    EXPECT_THAT(value(integer(8), line), HasSubstr("it is no number of 64 bits")) << line;
  }
  EXPECT_THAT(value(boolean, "CONFIG_X=1"), HasSubstr("it needs an integer"));
  EXPECT_THAT(value(tristate, "CONFIG_X=1"), HasSubstr("it needs an integer"));
  EXPECT_THAT(value(text(4), "CONFIG_X=1"), HasSubstr("it needs an integer"));
}

// The largest and smallest that fit each width and sign, and the next ones, which do not.
TEST(Kconfig, NumbersMustFit) {
  for (const std::uint32_t bytes : {1U, 2U, 4U}) {
    const auto bits = bytes * 8;
    const auto largest = (std::uint64_t{1} << bits) - 1;
    const auto line = [](auto number) { return fmt::format("CONFIG_X={}", number); };
    EXPECT_EQ(value(integer(bytes), line(largest)), fmt::to_string(largest));
    EXPECT_THAT(value(integer(bytes), line(largest + 1)),
                HasSubstr(fmt::format("does not fit unsigned {} bits", bits)));
    EXPECT_THAT(value(integer(bytes), "CONFIG_X=-1"), HasSubstr("does not fit unsigned"));
    const auto number = integer(bytes, BtfBuilder::signed_);
    const auto half = static_cast<std::int64_t>(largest / 2);
    EXPECT_EQ(value(number, line(half)), fmt::to_string(half));
    EXPECT_EQ(value(number, line(-half - 1)), fmt::to_string(half + 1));
    EXPECT_THAT(value(number, line(half + 1)), HasSubstr("does not fit signed"));
    EXPECT_THAT(value(number, line(-half - 2)), HasSubstr("does not fit signed"));
  }
  EXPECT_EQ(value(integer(8, BtfBuilder::signed_), "CONFIG_X=-1"), "18446744073709551615");
}

TEST(Kconfig, Texts) {
  using namespace std::string_literals;
  EXPECT_EQ(words(text(8), "CONFIG_X=\"gcc\""), "gcc\0\0\0\0\0"s);
  EXPECT_EQ(words(text(3), "CONFIG_X=\"gcc\""), "gc\0"s);
  EXPECT_EQ(words(text(1), "CONFIG_X=\"gcc\""), "\0"s);
  EXPECT_EQ(words(text(2), "CONFIG_X=\"\""), "\0\0"s);
  EXPECT_EQ(words(text(8), "CONFIG_X=\"a=\"b\""), "a=\"b\0\0\0\0"s);
  EXPECT_THAT(words(text(8), "CONFIG_X=\"gcc"), HasSubstr("quotation mark"));
  EXPECT_THAT(words(text(8), "CONFIG_X=\""), HasSubstr("quotation mark"));
  EXPECT_THAT(words(integer(8), "CONFIG_X=\"gcc\""), HasSubstr("it needs an array of char"));
}

TEST(Kconfig, TheFirstLineHolds) {
  const auto spec = asks(integer(4));
  const Target target{.kconfig = {{"given", "CONFIG_X=1\nCONFIG_X=2\n"}, {"a file", "CONFIG_X=3"}}};
  EXPECT_EQ(read(spec, target).value()[0], std::byte{1});
  const Target fallen_through{.kconfig = {{"given", "CONFIG_XY=1\n"}, {"a file", "CONFIG_X=3"}}};
  EXPECT_EQ(read(spec, fallen_through).value()[0], std::byte{3});
}

TEST(Kconfig, OtherLinesDoNotCount) {
  EXPECT_EQ(value(integer(4), "# CONFIG_X is not set\n\nCONFIG_Y=y\nCONFIG_XX=7\nCONFIG_X=5"), "5");
  EXPECT_THAT(value(integer(4), "CONFIG_Y"), HasSubstr("the line 'CONFIG_Y' gives no value"));
  EXPECT_THAT(value(integer(4), "CONFIG_Y="), HasSubstr("gives no value"));
}

TEST(Kconfig, WhatIsNotSet) {
  const auto missing = read(asks(integer(4)), {.kconfig = {{"a file", "CONFIG_X1=1\n"}}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
  EXPECT_EQ(missing.error().message(), "the kernel's configuration has no 'CONFIG_X'");
  EXPECT_THAT(missing.error().hints(),
              ElementsAre(HasSubstr("__weak"), HasSubstr("did you mean 'CONFIG_X1'?")));
  EXPECT_THAT(value(boolean, "# CONFIG_X is not set"), HasSubstr("'CONFIG_X' is not set"));
  const Target other{.kconfig = {{"a file", "CONFIG_Y=y\n"}}};
  EXPECT_EQ(read(asks(integer(2), "CONFIG_X", true), other).value(), std::vector<std::byte>(2));
  // libbpf, too, wants a configuration, whatever it says.
  EXPECT_THAT(read(asks(integer(2), "CONFIG_X", true), {}).error().message(),
              HasSubstr("is not known"));
}

TEST(Kconfig, FactsAboutTheKernel) {
  const Target target{
      .version = 6 << 16 | 12 << 8 | 57, .has_bpf_cookie = true, .has_syscall_wrapper = false};
  const auto fact = [&](const char* name, const MakeType& type, const Target& of, bool is_weak) {
    const auto bytes = read(asks(type, name, is_weak), of);
    return bytes ? fmt::format("{:#x}", static_cast<unsigned>((*bytes)[0]))
                 : bytes.error().message();
  };
  EXPECT_EQ(fact("LINUX_KERNEL_VERSION", integer(4), target, false), "0x39");
  EXPECT_EQ(fact("LINUX_HAS_BPF_COOKIE", boolean, target, false), "0x1");
  EXPECT_EQ(fact("LINUX_HAS_SYSCALL_WRAPPER", boolean, target, false), "0x0");
  EXPECT_EQ(fact("LINUX_LATER", integer(4), target, true), "0x0");
  EXPECT_THAT(fact("LINUX_LATER", integer(4), target, false), HasSubstr("knows no such value"));
  EXPECT_THAT(fact("OTHER", integer(4), target, true), HasSubstr("knows no such value"));
  EXPECT_THAT(fact("LINUX_KERNEL_VERSION", integer(2), target, false), HasSubstr("does not fit"));
  EXPECT_THAT(fact("LINUX_KERNEL_VERSION", text(4), target, false), HasSubstr("needs an integer"));
  EXPECT_THAT(fact("LINUX_KERNEL_VERSION", boolean, target, false), HasSubstr("needs an integer"));
  for (const auto* name :
       {"LINUX_KERNEL_VERSION", "LINUX_HAS_BPF_COOKIE", "LINUX_HAS_SYSCALL_WRAPPER"}) {
    EXPECT_THAT(fact(name, integer(4), {}, true), HasSubstr("is not known of the target"));
  }
}

}  // namespace
}  // namespace skep::object
