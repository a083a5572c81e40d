// Records as lines of JSON.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::json_line;
using test::json_of;
using test::RecordBytes;
using test::Types;

// The JSON of a value of that type.
template <typename T>
std::string shown(BtfBuilder::Id type, Types& t, const T& value) {
  RecordBytes record(sizeof(T));
  record.set(0, value);
  const auto line = json_line(t.of(type, sizeof(T)), record);
  EXPECT_TRUE(line.starts_with("{\"v\":") && line.ends_with('}')) << line;
  return line.substr(5, line.size() - 6);
}

std::string shown_text(std::string_view text) {
  Types t;
  RecordBytes record(64);
  record.text(0, text);
  const auto line = json_line(t.of(t.array(t.letter, 64), 64), record);
  return line.substr(5, line.size() - 6);
}

template <typename T>
void expect_extremes(BtfBuilder::Id type, Types& t) {
  for (const T value : {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T{0}, T{1},
                        T{9}, T{10}, T{99}, T{100}, T{127}}) {
    EXPECT_EQ(shown(type, t, value), std::to_string(value));
  }
}

TEST(RecordJson, IntegersAreNumbers) {
  Types t;
  expect_extremes<std::uint8_t>(t.u8, t);
  expect_extremes<std::int8_t>(t.i8, t);
  expect_extremes<std::uint16_t>(t.u16, t);
  expect_extremes<std::int16_t>(t.i16, t);
  expect_extremes<std::uint32_t>(t.u32, t);
  expect_extremes<std::int32_t>(t.i32, t);
  expect_extremes<std::uint64_t>(t.u64, t);
  expect_extremes<std::int64_t>(t.i64, t);
  // Around every power of ten and of two.
  std::uint64_t ten = 1;
  for (int i = 0; i < 20; ++i, ten *= 10) {
    for (const std::uint64_t value : {ten - 1, ten, ten + 1, std::uint64_t{1} << 3 * i}) {
      EXPECT_EQ(shown(t.u64, t, value), std::to_string(value));
    }
  }
}

TEST(RecordJson, IntegersOf128BitsAreStrings) {
  Types t;
  const Wide most = ~Wide{0}, high = Wide{1} << 127;
  EXPECT_EQ(shown(t.u128, t, Wide{0}), "\"0\"");
  EXPECT_EQ(shown(t.u128, t, most), "\"340282366920938463463374607431768211455\"");
  EXPECT_EQ(shown(t.i128, t, high), "\"-170141183460469231731687303715884105728\"");
  EXPECT_EQ(shown(t.i128, t, most), "\"-1\"");
  EXPECT_EQ(shown(t.u128, t, Wide{10'000'000'000'000'000'000U}), "\"10000000000000000000\"");
  EXPECT_EQ(shown(t.u128, t, Wide{10'000'000'000'000'000'000U} * 10), "\"100000000000000000000\"");
}

TEST(RecordJson, IntegersOfOddSizes) {
  Types t;
  const auto three = t.b.add_int("int24", 3, BtfBuilder::signed_);
  const auto twelve = t.b.add_int("u96", 12);
  RecordBytes record(15);
  record.set(0, std::uint8_t{0xfe}).set(1, std::uint16_t{0xffff}).set(3, std::uint64_t{7});
  record.set(11, std::uint32_t{1});
  EXPECT_EQ(json_line(t.schema(15, {{"a", three, 0}, {"b", twelve, 24}}), record),
            R"({"a":-2,"b":"18446744073709551623"})");
}

TEST(RecordJson, BoolsAreTrueFalseOrWhatTheyAre) {
  Types t;
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{0}), "false");
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{1}), "true");
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{7}), "7");
}

TEST(RecordJson, ACharacterIsAStringWhenItCanBeSeen) {
  Types t;
  EXPECT_EQ(shown(t.letter, t, 'R'), "\"R\"");
  EXPECT_EQ(shown(t.letter, t, '"'), "\"\\\"\"");
  EXPECT_EQ(shown(t.letter, t, '\n'), "10");
  EXPECT_EQ(shown(t.letter, t, static_cast<char>(-5)), "-5");
}

TEST(RecordJson, EnumerationsByName) {
  Types t;
  const auto state = t.b.add_enum("state", 4, {{"run", 0}, {"stop", 7}, {"dead", 1000}});
  EXPECT_EQ(shown(state, t, std::uint32_t{7}), "\"stop\"");
  EXPECT_EQ(shown(state, t, std::uint32_t{8}), "8");
  EXPECT_EQ(shown(state, t, UINT32_MAX), "4294967295");
  const auto dense = t.b.add_enum("dense", 4, {{"b", 6}, {"a", 5}});
  EXPECT_EQ(shown(dense, t, 4), "4");
  EXPECT_EQ(shown(dense, t, 5), "\"a\"");
  EXPECT_EQ(shown(dense, t, 6), "\"b\"");
  EXPECT_EQ(shown(dense, t, 7), "7");
  const auto signs = t.b.add_enum("signs", 4, {{"minus", -1}, {"zero", 0}}, true);
  EXPECT_EQ(shown(signs, t, -1), "\"minus\"");
  EXPECT_EQ(shown(signs, t, -2), "-2");
  const auto wide =
      t.b.add_enum64("wide", 8, {{"lowest", INT64_MIN}, {"highest", INT64_MAX}}, true);
  EXPECT_EQ(shown(wide, t, INT64_MIN), "\"lowest\"");
  EXPECT_EQ(shown(wide, t, INT64_MAX), "\"highest\"");
  const auto flags = t.b.add_enum64("flags", 8, {{"all", -1}});
  EXPECT_EQ(shown(flags, t, UINT64_MAX), "\"all\"");
  EXPECT_EQ(shown(flags, t, UINT64_MAX - 1), "18446744073709551614");
  const auto small = t.b.add_enum("small", 1, {{"x", -3}}, true);
  EXPECT_EQ(shown(small, t, std::int8_t{-3}), "\"x\"");
  EXPECT_EQ(shown(t.b.add_enum("none", 4, {}), t, 3), "3");
}

TEST(RecordJson, FloatsRoundTrip) {
  Types t;
  for (const double value : {0.1, -0.0, 1e22, 1.0, 5e-324, 1.7976931348623157e308, 1.0 / 3}) {
    const double read = std::strtod(shown(t.f64, t, value).c_str(), nullptr);
    EXPECT_EQ(std::memcmp(&read, &value, sizeof(value)), 0) << value;
  }
  EXPECT_EQ(shown(t.f32, t, 0.1F), "0.1");
  EXPECT_EQ(shown(t.f64, t, std::nan("")), "null");
  EXPECT_EQ(shown(t.f64, t, -HUGE_VAL), "null");
  EXPECT_EQ(shown(t.f32, t, HUGE_VALF), "null");
}

TEST(RecordJson, PointersAndUnknownsAreHex) {
  Types t;
  EXPECT_EQ(shown(t.pointer, t, std::uint64_t{0xffff888012345678}), "\"0xffff888012345678\"");
  EXPECT_EQ(shown(t.pointer, t, std::uint64_t{0}), "\"0x0\"");
  const auto half = t.b.add_float("half", 2);
  EXPECT_EQ(shown(half, t, std::uint16_t{0x3c00}), "\"003c\"");
}

TEST(RecordJson, ErrorsByName) {
  Types t;
  EXPECT_EQ(shown(t.error, t, 0), "null");
  EXPECT_EQ(shown(t.error, t, -2), "\"ENOENT\"");
  EXPECT_EQ(shown(t.error, t, -512), "\"ERESTARTSYS\"");
  EXPECT_EQ(shown(t.error, t, 5), "5");
  EXPECT_EQ(shown(t.error, t, -4096), "-4096");
  EXPECT_EQ(shown(t.error, t, INT32_MIN), "-2147483648");
  EXPECT_EQ(shown(t.result, t, std::int64_t{3}), "3");
  EXPECT_EQ(shown(t.result, t, std::int64_t{0}), "0");
  EXPECT_EQ(shown(t.result, t, std::int64_t{-13}), "\"EACCES\"");
  EXPECT_EQ(shown(t.result, t, std::int64_t{-524}), "\"ENOTSUPP\"");
  EXPECT_EQ(shown(t.result, t, std::int64_t{-300}), "-300");
  EXPECT_EQ(shown(t.result, t, INT64_MIN), "-9223372036854775808");
  // Unsigned, as some programs have it: the sign is meant all the same.
  const auto odd = t.b.add_typedef("skep_errno_t", t.u32);
  EXPECT_EQ(shown(odd, t, std::uint32_t{0} - 2), "\"ENOENT\"");
}

TEST(RecordJson, SignalsByName) {
  Types t;
  EXPECT_EQ(shown(t.signal, t, 0), "null");
  EXPECT_EQ(shown(t.signal, t, 9), "\"SIGKILL\"");
  EXPECT_EQ(shown(t.signal, t, 32), "32");
  EXPECT_EQ(shown(t.signal, t, 34), "\"SIGRTMIN\"");
  EXPECT_EQ(shown(t.signal, t, 64), "\"SIGRTMIN+30\"");
  EXPECT_EQ(shown(t.signal, t, 65), "65");
  EXPECT_EQ(shown(t.signal, t, -1), "-1");
}

TEST(RecordJson, FlagsModesTimesAndUsers) {
  Types t;
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{0}), "\"O_RDONLY\"");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{02000000}), "\"O_RDONLY|O_CLOEXEC\"");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{01101}), "\"O_WRONLY|O_CREAT|O_TRUNC\"");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{04010002}), "\"O_RDWR|O_SYNC\"");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{3}), "\"O_ACCMODE\"");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{0x80000000}), "\"O_RDONLY|0x80000000\"");
  EXPECT_EQ(shown(t.mode, t, std::uint32_t{0644}), "\"0644\"");
  EXPECT_EQ(shown(t.mode, t, std::uint32_t{0}), "\"0000\"");
  EXPECT_EQ(shown(t.mode, t, std::uint32_t{04755}), "\"04755\"");
  EXPECT_EQ(shown(t.mode, t, UINT32_MAX), "\"037777777777\"");
  EXPECT_EQ(shown(t.uid, t, std::uint32_t{1000}), "1000");
  EXPECT_EQ(shown(t.duration, t, UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(shown(t.time, t, std::uint64_t{0}), "null");
  EXPECT_EQ(shown(t.time, t, std::uint64_t{1'000'000'001}), "\"2025-07-01T12:00:01.000000001Z\"");
  EXPECT_EQ(shown(t.time, t, std::uint64_t{86'400'999'999'999}),
            "\"2025-07-02T12:00:00.999999999Z\"");
  EXPECT_EQ(shown(t.time, t, UINT64_MAX).size(), 32U);  // some day, without overflow
}

TEST(RecordJson, TextsAreEscaped) {
  EXPECT_EQ(shown_text("plain"), "\"plain\"");
  EXPECT_EQ(shown_text(""), "\"\"");
  EXPECT_EQ(shown_text("say \"hi\" \\ /"), R"("say \"hi\" \\ /")");
  EXPECT_EQ(shown_text("\b\f\n\r\t\x01\x1f\x1b[31m\x7f"),
            R"("\b\f\n\r\t\u0001\u001f\u001b[31m\u007f")");
  EXPECT_EQ(shown_text("文件 é 🐝"), "\"文件 é 🐝\"");
  EXPECT_EQ(shown_text("a\xff"
                       "b"),
            R"("a\ufffdb")");
  EXPECT_EQ(shown_text("\xc2\x85|\xc2\x9f"), R"("\u0085|\u009f")");
}

// Unicode 15, table 3-7, from both sides of each border.
TEST(RecordJson, OnlyWellFormedUtf8IsCopied) {
  for (const std::string_view good :
       {"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(shown_text(good), "\"" + std::string(good) + "\"");
  }
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe1\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xf0\x90\x80", "\xfe", "\xff", "\xe1\x80\x7f"}) {
    const auto text = shown_text(bad);
    EXPECT_NE(text.find("\\ufffd"), std::string::npos) << text;
    EXPECT_FALSE(nlohmann::json::parse(text).get<std::string>().empty());
  }
}

// Each special character at each distance from the start, so that every path of the copying by
// words is walked.
TEST(RecordJson, EscapesStandWhereTheCharacterStood) {
  for (const std::string_view special : {"\"", "\\", "\n", "\x7f", "é", "文", "🐝", "\x01", " "}) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (std::size_t after = 0; after < 20; ++after) {
        const auto text = std::string(before, 'a') + std::string(special) + std::string(after, 'z');
        EXPECT_EQ(nlohmann::json::parse(shown_text(text)).get<std::string>(), text);
      }
    }
  }
}

TEST(RecordJson, TextsEndAtTheFirstNulOrTheEnd) {
  Types t;
  const auto schema =
      t.schema(8, {{"a", t.array(t.letter, 4), 0}, {"b", t.array(t.letter, 4), 32}});
  EXPECT_EQ(json_line(schema, RecordBytes(8).text(0, "full").text(4, "x\0yz")),
            R"({"a":"full","b":"x"})");
}

TEST(RecordJson, SpansLieElsewhereInTheRecord) {
  Types t;
  const auto schema =
      t.schema(20, {{"pid", t.u32, 0}, {"path", t.text, 32}, {"args", t.words, 96}});
  const std::string words("ls\0-l\0a b\0", 10);
  EXPECT_EQ(json_line(schema, RecordBytes(20).span(4, "/bin/ls", 7).span(12, words, 10)),
            R"({"pid":0,"path":"/bin/ls","args":["ls","-l","a b"]})");
  EXPECT_EQ(json_line(schema, RecordBytes(20)), R"({"pid":0,"path":"","args":[]})");
}

TEST(RecordJson, ACutIsNeverSilent) {
  Types t;
  const auto schema =
      t.schema(20, {{"pid", t.u32, 0}, {"path", t.text, 32}, {"args", t.words, 96}});
  const std::string words("a\0\0bc", 5);
  EXPECT_EQ(json_line(schema, RecordBytes(20).span(4, "/bin", 9).span(12, words, 4000)),
            R"({"pid":0,"path":"/bin","path_total":9,"args":["a","","bc"],"args_total":4000})");
  EXPECT_EQ(json_line(schema, RecordBytes(20).span(4, "", 1)),
            R"({"pid":0,"path":"","path_total":1,"args":[]})");
}

TEST(RecordJson, SpansOutsideOfTheRecordAreErrors) {
  Types t;
  const auto schema =
      t.schema(20, {{"pid", t.u32, 0}, {"path", t.text, 32}, {"args", t.words, 96}});
  for (const auto& [offset, length] : std::vector<std::pair<int, int>>{
           {20, 1}, {21, 0}, {0, 21}, {65535, 65535}, {19, 2}, {0, 65535}}) {
    const auto json =
        json_of(schema, RecordBytes(20).span(4, offset, length, 1).span(12, offset, length, 1));
    EXPECT_TRUE(json.at("path").is_null());
    EXPECT_TRUE(json.at("args").is_null());
    EXPECT_EQ(json.at("path_error"), std::to_string(length) + " bytes at " +
                                         std::to_string(offset) + " of a record of 20");
    EXPECT_FALSE(json.contains("path_total"));
  }
  // At its very end there is room for nothing, which is not outside.
  EXPECT_EQ(json_of(schema, RecordBytes(20).span(4, 20, 0, 0)).at("path"), "");
}

TEST(RecordJson, StructsAreObjects) {
  Types t;
  const auto addr = t.b.add_struct("", 8, {{"v4", t.u32, 0}, {"port", t.u16, 32}});
  const auto peer = t.b.add_struct("", 12, {{"addr", addr, 0}, {"weight", t.u32, 64}});
  const auto schema = t.schema(
      32, {{"peer", peer, 0}, {"self", addr, 96}, {"pid", t.u32, 160}, {"back", peer, 160}});
  RecordBytes record(32);
  for (std::uint32_t i = 0; i < 8; ++i) record.set(i * 4, i);
  EXPECT_EQ(json_line(schema, record),
            R"({"peer":{"addr":{"v4":0,"port":1},"weight":2},"self":{"v4":3,"port":4},)"
            R"("pid":5,"back":{"addr":{"v4":5,"port":6},"weight":7}})");
}

TEST(RecordJson, ArraysAreArrays) {
  Types t;
  const auto inner = t.b.add_struct("", 4, {{"x", t.u8, 0}, {"y", t.array(t.u8, 2), 8}});
  const auto pair = t.b.add_struct("", 8, {{"a", t.u16, 0}, {"in", inner, 32}});
  const auto schema = t.schema(40, {{"m", t.array(t.array(t.u16, 3), 2), 0},
                                    {"names", t.array(t.array(t.letter, 2), 2), 96},
                                    {"pairs", t.array(pair, 2), 128},
                                    {"e", t.array(t.error, 2), 256}});
  RecordBytes record(40);
  for (std::uint16_t i = 0; i < 6; ++i) record.set(i * 2, i);
  record.text(12, "ab").text(14, "c").set(16, std::uint16_t{7});
  record.set(20, std::uint8_t{1}).set(21, std::uint8_t{2}).set(22, std::uint8_t{3});
  record.set(24, std::uint16_t{8}).set(36, -2);
  EXPECT_EQ(json_line(schema, record),
            R"({"m":[[0,1,2],[3,4,5]],"names":["ab","c"],)"
            R"("pairs":[{"a":7,"in":{"x":1,"y":[2,3]}},{"a":8,"in":{"x":0,"y":[0,0]}}],)"
            R"("e":[null,"ENOENT"]})");
}

TEST(RecordJson, SpansInArraysSayTheirCutsInPlace) {
  Types t;
  const auto schema = t.of(t.array(t.text, 4), 32);
  auto record = RecordBytes(32);
  record.span(0, "whole", 5).span(8, "cut", 9).span(16, 900, 1, 1);
  EXPECT_EQ(
      json_line(schema, record),
      R"({"v":["whole",{"text":"cut","total":9},{"error":"1 bytes at 900 of a record of 40"},""]})");
  const auto words = t.of(t.array(t.words, 2), 16);
  EXPECT_EQ(json_line(words, RecordBytes(16).span(0, "a", 2).span(8, "b", 1)),
            R"({"v":[{"words":["a"],"total":2},["b"]]})");
}

TEST(RecordJson, FlexibleArraysGoToTheEnd) {
  Types t;
  const auto texts = t.schema(4, {{"n", t.u32, 0}, {"data", t.array(t.letter, 0), 32}});
  EXPECT_EQ(json_line(texts, RecordBytes(4)), R"({"n":0,"data":""})");
  EXPECT_EQ(json_line(texts, RecordBytes(9).text(4, "hello")), R"({"n":0,"data":"hello"})");
  EXPECT_EQ(json_line(texts, RecordBytes(12).text(4, "he\0lo")), R"({"n":0,"data":"he"})");
  const auto numbers = t.schema(4, {{"n", t.u32, 0}, {"data", t.array(t.u16, 0), 32}});
  EXPECT_EQ(json_line(numbers, RecordBytes(4)), R"({"n":0,"data":[]})");
  EXPECT_EQ(json_line(numbers, RecordBytes(9).set(6, std::uint16_t{5})), R"({"n":0,"data":[0,5]})");
  const auto pair = t.b.add_struct("", 4, {{"a", t.u8, 0}, {"b", t.u16, 16}});
  const auto pairs = t.schema(4, {{"n", t.u32, 0}, {"data", t.array(t.array(pair, 2), 0), 32}});
  EXPECT_EQ(json_line(pairs, RecordBytes(4 + 8 + 7)),
            R"({"n":0,"data":[[{"a":0,"b":0},{"a":0,"b":0}]]})");
  // It may begin in the padding of the fixed part.
  const auto early =
      t.schema(8, {{"n", t.u32, 0}, {"c", t.u8, 32}, {"data", t.array(t.letter, 0), 40}});
  EXPECT_EQ(json_line(early, RecordBytes(10).text(5, "hello")), R"({"n":0,"c":0,"data":"hello"})");
}

TEST(RecordJson, ShortAndLongRecordsShowTheirBytes) {
  Types t;
  const auto schema = t.schema(8, {{"a", t.u32, 0}, {"b", t.u32, 32}});
  EXPECT_EQ(json_line(schema, RecordBytes(0)), R"({"_raw":""})");
  EXPECT_EQ(json_line(schema, RecordBytes(7).set(0, 0xab12)), R"({"_raw":"12ab0000000000"})");
  EXPECT_EQ(json_line(schema, RecordBytes(15)), R"({"a":0,"b":0})");
  EXPECT_EQ(json_line(schema, RecordBytes(16).set(8, std::uint64_t{255})),
            R"({"a":0,"b":0,"_rest":"ff00000000000000"})");
  EXPECT_EQ(json_line(raw_schema("x"), RecordBytes(2).set(0, std::uint16_t{0x0201})),
            R"({"raw":"0102"})");
  EXPECT_EQ(json_line(raw_schema("x"), RecordBytes(0)), R"({"raw":""})");
  const Schema nothing{.name = "nothing"};
  EXPECT_EQ(json_line(nothing, RecordBytes(0)), "{}");
  EXPECT_EQ(json_line(nothing, RecordBytes(8)), R"({"_rest":"0000000000000000"})");
}

// A schema made by hand may promise less than its columns need.
TEST(RecordJson, TheColumnsDecideHowLongARecordMustBe) {
  Types t;
  auto schema = t.schema(8, {{"a", t.u32, 0}, {"b", t.array(t.u16, 2), 32}});
  schema.size = 0;
  EXPECT_EQ(json_line(schema, RecordBytes(7)), R"({"_raw":"00000000000000"})");
  EXPECT_EQ(json_line(schema, RecordBytes(8)), R"({"a":0,"b":[0,0]})");
}

TEST(RecordJson, HostileNamesAreEscaped) {
  Types t;
  const auto state = t.b.add_enum("e", 4, {{"\x1b[2J\"", 0}});
  EXPECT_EQ(json_line(t.schema(4, {{"a\"b\n", state, 0}}), RecordBytes(4)),
            R"({"a\"b\n":"\u001b[2J\""})");
}

TEST(RecordJson, ThreeHundredFields) {
  Types t;
  std::vector<std::string> labels;
  std::vector<BtfBuilder::Member> members;
  for (int i = 0; i < 300; ++i) labels.push_back("field" + std::to_string(i));
  RecordBytes record(1200);
  for (std::uint32_t i = 0; i < 300; ++i) {
    members.push_back({labels[i], t.u32, i * 32});
    record.set(i * 4, i * 1'000'003);
  }
  const auto json = json_of(t.schema(1200, members), record);
  ASSERT_EQ(json.size(), 300U);
  for (std::uint32_t i = 0; i < 300; ++i) EXPECT_EQ(json.at(labels[i]), i * 1'000'003);
}

TEST(RecordJson, LinesFollowEachOther) {
  Types t;
  const auto schema = t.of(t.u32, 4);
  const JsonFormatter formatter(schema);
  Output out = "before\n";
  for (std::uint32_t i = 0; i < 1000; ++i) formatter.append(out, RecordBytes(4).set(0, i));
  std::string expected = "before\n";
  for (int i = 0; i < 1000; ++i) expected += "{\"v\":" + std::to_string(i) + "}\n";
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace skep::record
