// record/: values of BTF types from what people write.
#include "record/value.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/literal.hpp"
#include "record/unit.hpp"
#include "unit/btf_builder.hpp"

namespace skep::record {
namespace {

using ::testing::HasSubstr;

class Values : public testing::Test {
 protected:
  std::string bytes_of(btf::TypeId type, std::string_view text, std::string name = "x") {
    const auto bytes = parse_value(types_, type, text, {"--x", std::move(name), Unit::none});
    if (!bytes) {
      std::string out = bytes.error().message();
      for (const auto& hint : bytes.error().hints()) out += " | " + hint;
      return out;
    }
    std::string out;
    for (const auto byte : *bytes) out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    return out;
  }

  test::BtfBuilder builder_;
  btf::TypeId u8_ = builder_.add_int("unsigned char", 1, 0);
  btf::TypeId u16_ = builder_.add_int("unsigned short", 2, 0);
  btf::TypeId u32_ = builder_.add_int("unsigned int", 4, 0);
  btf::TypeId s32_ = builder_.add_int("int", 4, test::BtfBuilder::signed_);
  btf::TypeId u64_ = builder_.add_int("unsigned long", 8, 0);
  btf::TypeId bool_ = builder_.add_int("_Bool", 1, test::BtfBuilder::bool_);
  btf::TypeId char_ = builder_.add_int("char", 1, test::BtfBuilder::signed_);
  btf::TypeId mode_ = builder_.add_enum("mode", 4, {{"slow", 1}, {"fast", 2}});
  btf::TypeId be16_ = builder_.add_typedef("__be16", u16_);
  btf::TypeId text_ = builder_.add_array(char_, 8, s32_);
  btf::TypeId ip6_ = builder_.add_array(u8_, 16, s32_);
  btf::TypeId mac_ = builder_.add_array(u8_, 6, s32_);
  btf::TypeId three_ = builder_.add_array(u16_, 3, s32_);
  btf::TypeId pointer_ = builder_.add_ptr(u8_);
  btf::TypeId inner_ = builder_.add_struct("inner", 4, {{"saddr", u32_, 0}});
  btf::TypeId port_ = builder_.add_struct("port", 24,
                                          {{"weight", u32_, 0},
                                           {"name", text_, 32},
                                           {"deeper", inner_, 96},
                                           {"list", three_, 128},
                                           {"port", be16_, 176}});
  Btf types_ = builder_.btf();
};

TEST_F(Values, OfNumbersHaveARange) {
  EXPECT_EQ(bytes_of(u16_, "258"), "0201");
  EXPECT_EQ(bytes_of(u16_, "0xffff"), "ffff");
  EXPECT_EQ(bytes_of(u16_, "-1"), "ffff");
  EXPECT_EQ(bytes_of(s32_, "-2"), "feffffff");
  EXPECT_EQ(bytes_of(u64_, "18446744073709551615"), "ffffffffffffffff");
  EXPECT_EQ(bytes_of(be16_, "80"), "0050");
  EXPECT_EQ(bytes_of(bool_, "on"), "01");
  EXPECT_EQ(bytes_of(char_, "a"), "61");
  EXPECT_EQ(bytes_of(mode_, "fast"), "02000000");
  EXPECT_EQ(bytes_of(mode_, "slow|fast"), "03000000");
  EXPECT_EQ(bytes_of(u8_, "256"), "--x '256': it takes a number from 0 to 255 (unsigned char)");
  EXPECT_THAT(bytes_of(s32_, "-2147483649"), HasSubstr("from -2147483648 to 2147483647 (int)"));
  EXPECT_THAT(bytes_of(mode_, "7up"), HasSubstr("one of slow and fast"));
  EXPECT_THAT(bytes_of(pointer_, "0"), HasSubstr("cannot be given"));
}

TEST_F(Values, OfUnitsThatTheNameSays) {
  EXPECT_EQ(bytes_of(u32_, "10ms", "min_latency_ns"), "80969800");
  EXPECT_EQ(bytes_of(u32_, "2s", "timeout_ms"), "d0070000");
  EXPECT_EQ(bytes_of(u32_, "1.5us", "delay_ns"), "dc050000");
  EXPECT_EQ(bytes_of(u32_, "64K", "max_bytes"), "00000100");
  EXPECT_EQ(bytes_of(u32_, "1MB", "buffer_size"), "40420f00");
  EXPECT_EQ(bytes_of(u32_, "77", "min_latency_ns"), "4d000000");
  EXPECT_THAT(bytes_of(u32_, "10ms", "count"), HasSubstr("takes a number (unsigned int)"));
  EXPECT_THAT(bytes_of(u32_, "10ms", "timeout_sec"), HasSubstr("s, or as in 5m"));
  EXPECT_THAT(bytes_of(u32_, "1h", "timeout_ns"), HasSubstr("takes a number"));
  EXPECT_EQ(bytes_of(u32_, "getpid", "syscall_nr").size(), 8U);
  EXPECT_THAT(bytes_of(u32_, "gettpid", "syscall_nr"), HasSubstr("a system call's name"));
}

TEST_F(Values, OfAddressesAreInNetworkOrder) {
  EXPECT_EQ(bytes_of(u32_, "10.0.0.1", "saddr"), "0a000001");
  EXPECT_EQ(bytes_of(ip6_, "2001:db8::1", "dst_addr"), "20010db8000000000000000000000001");
  EXPECT_EQ(bytes_of(mac_, "02:00:00:00:00:ff"), "0200000000ff");
  EXPECT_EQ(bytes_of(mac_, "1,2,3,4,5,6"), "010203040506");
  EXPECT_THAT(bytes_of(u32_, "10.0.0.1", "count"), HasSubstr("takes a number"));
  EXPECT_THAT(bytes_of(u32_, "10.0.0.256", "saddr"), HasSubstr("or an address"));
}

TEST_F(Values, OfTextsArraysAndStructs) {
  EXPECT_EQ(bytes_of(text_, "Hi, {u}"), "48692c207b757d00");
  EXPECT_THAT(bytes_of(text_, "12345678"), HasSubstr("at most 7 bytes, and that one has 8"));
  EXPECT_EQ(bytes_of(three_, "1, 2"), "010002000000");
  EXPECT_EQ(bytes_of(three_, "[1,2,3]"), "010002000300");
  EXPECT_THAT(bytes_of(three_, "1,2,3,4"), HasSubstr("up to 3 values (unsigned short), not 4"));
  EXPECT_THAT(bytes_of(three_, "1,70000"), HasSubstr("--x[1] '70000'"));
  EXPECT_EQ(bytes_of(port_, "{weight=3,name=\"x,y\", deeper={saddr=127.0.0.1},list=[7],port:443}"),
            "03000000782c790000000000"
            "7f000001"
            "070000000000"
            "01bb");
  EXPECT_THAT(bytes_of(port_, "{wieght=3}"),
              HasSubstr("--x: struct port has no field 'wieght' | Its fields are weight (unsigned "
                        "int), name (char [8]), deeper (struct inner)"));
  EXPECT_THAT(bytes_of(port_, "{weight=z}"), HasSubstr("--x.weight 'z': it takes a number"));
  EXPECT_THAT(bytes_of(port_, "3"), HasSubstr("it takes {field=value,…}: weight"));
}

TEST_F(Values, AreShownAsTheyAreWritten) {
  for (const auto& [type, text, name] :
       {std::tuple{u32_, "10.0.0.1", "saddr"},
        {be16_, "443", "port"},
        {three_, "1,2,3", "list"},
        {mode_, "fast", "mode"},
        {text_, "a b", "name"},
        {s32_, "-7", "lowest"},
        {port_, "{weight=3,name=x,deeper={saddr=127.0.0.1},list=[7],port=443}", "p"}}) {
    const auto bytes = parse_value(types_, type, text, {"", name, Unit::none});
    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_EQ(show_value(types_, type, name, *bytes), text);
  }
}

TEST_F(Values, ThatAreNotWholeAreRefusedWithThePosition) {
  for (const auto& [text, why] : {std::pair{"{a=1", "character 5: a '}' is missing"},
                                  {"[1,2", "a ']' is missing"},
                                  {"{=1}", "a field's name is missing"},
                                  {"{a}", "a '=' and a value are missing"},
                                  {"'x", "a quote is open"},
                                  {"[1] 2", "character 5: there is more behind the value"}}) {
    const auto parsed = parse_literal(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(std::string(parsed.error().message()), HasSubstr(why));
  }
  EXPECT_FALSE(parse_literal(std::string(100000, '[')));
  EXPECT_EQ(parse_literal("'it\\'s'")->text, "it's");
}

}  // namespace
}  // namespace skep::record
