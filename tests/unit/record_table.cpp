// Records as rows of a table.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "record/text.hpp"
#include "record/time.hpp"
#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::RecordBytes;
using test::table_row;
using test::Types;

// Of times that go forth and back, the same as of each alone.
TEST(RecordTable, TimesOfOneSecondAreWrittenAsOthers) {
  constexpr std::uint64_t second = 1'000'000'000;
  const Clock clock{.boot = 1'700'000'000 * second + 999'999'999, .monotonic = 0};
  SameSecond utc, day;
  const std::uint64_t times[] = {
      0,          1, second - 1, second,     second + 1, 0, 3600 * second, 86'400 * second,
      UINT64_MAX, 5, second / 2, second / 2, 1};
  for (const auto time : times) {
    std::array<char, 64> kept{}, alone{};
    const auto text = [](const std::array<char, 64>& from, const char* end) {
      return std::string(from.data(), end);
    };
    EXPECT_EQ(text(kept, utc.write_utc(kept.data(), clock, time)),
              text(alone, write_utc(alone.data(), clock, time)));
    EXPECT_EQ(text(kept, day.write_time_of_day(kept.data(), clock, time)),
              text(alone, write_time_of_day(alone.data(), clock, time)));
  }
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

// The cell of a value of that type, without the spaces in front.
template <typename T>
std::string shown(BtfBuilder::Id type, Types& t, const T& value) {
  RecordBytes record(sizeof(T));
  record.set(0, value);
  return trimmed(table_row(t.of(type, sizeof(T)), record));
}

std::string shown_text(std::string_view text) {
  Types t;
  return table_row(t.of(t.array(t.letter, 64), 64), RecordBytes(64).text(0, text));
}

std::string shown_words(std::string_view words, std::size_t total = 0) {
  Types t;
  return table_row(t.of(t.words, 8), RecordBytes(8).span(0, words, total));
}

std::string header(const Schema& schema, TableOptions options = {}) {
  std::string out;
  TableFormatter(schema, options).append_header(out);
  return out;
}

TEST(RecordTable, NumbersAtTheirExtremes) {
  Types t;
  EXPECT_EQ(shown(t.u8, t, std::uint8_t{255}), "255");
  EXPECT_EQ(shown(t.i8, t, std::int8_t{-128}), "-128");
  EXPECT_EQ(shown(t.u16, t, std::uint16_t{65535}), "65535");
  EXPECT_EQ(shown(t.i16, t, std::int16_t{-32768}), "-32768");
  EXPECT_EQ(shown(t.u32, t, UINT32_MAX), "4294967295");
  EXPECT_EQ(shown(t.i32, t, INT32_MIN), "-2147483648");
  EXPECT_EQ(shown(t.u64, t, UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(shown(t.i64, t, INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(shown(t.u128, t, ~Wide{0}), "340282366920938463463374607431768211455");
  EXPECT_EQ(shown(t.i128, t, ~Wide{0}), "-1");
  EXPECT_EQ(shown(t.f64, t, 0.1), "0.1");
  EXPECT_EQ(shown(t.f32, t, 1e10F), "1e+10");
  EXPECT_EQ(shown(t.f64, t, std::nan("")), "nan");
  EXPECT_EQ(shown(t.f64, t, -HUGE_VAL), "-inf");
}

TEST(RecordTable, OtherKinds) {
  Types t;
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{0}), "false");
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{1}), "true");
  EXPECT_EQ(shown(t.boolean, t, std::uint8_t{7}), "7");
  EXPECT_EQ(shown(t.letter, t, 'R'), "R");
  EXPECT_EQ(shown(t.letter, t, '\0'), "\\x00");
  EXPECT_EQ(shown(t.letter, t, '\xff'), "\\xff");
  const auto state = t.b.add_enum("state", 4, {{"run", 0}, {"stop", 7}});
  EXPECT_EQ(shown(state, t, 7), "stop");
  EXPECT_EQ(shown(state, t, 8), "8");
  EXPECT_EQ(shown(t.pointer, t, std::uint64_t{0xffff888012345678}), "0xffff888012345678");
  EXPECT_EQ(shown(t.b.add_float("half", 2), t, std::uint16_t{0x3c00}), "003c");
  EXPECT_EQ(shown(t.error, t, 0), "-");
  EXPECT_EQ(shown(t.error, t, -2), "ENOENT");
  EXPECT_EQ(shown(t.error, t, 2), "2");
  EXPECT_EQ(shown(t.result, t, std::int64_t{0}), "0");
  EXPECT_EQ(shown(t.result, t, std::int64_t{-13}), "EACCES");
  EXPECT_EQ(shown(t.signal, t, 0), "-");
  EXPECT_EQ(shown(t.signal, t, 9), "SIGKILL");
  EXPECT_EQ(shown(t.signal, t, 99), "99");
  EXPECT_EQ(shown(t.flags, t, std::uint32_t{02000001}), "O_WRONLY|O_CLOEXEC");
  EXPECT_EQ(shown(t.mode, t, std::uint32_t{0755}), "0755");
  EXPECT_EQ(shown(t.uid, t, std::uint32_t{65534}), "65534");
}

TEST(RecordTable, DurationsForPeople) {
  Types t;
  constexpr std::uint64_t us = 1000, ms = 1000 * us, s = 1000 * ms, minute = 60 * s;
  const std::vector<std::pair<std::uint64_t, std::string>> expected{
      {0, "0ns"},
      {999, "999ns"},
      {1000, "1us"},
      {1500, "1.5us"},
      {230 * us, "230us"},
      {999 * us + 999, "999us"},
      {ms, "1ms"},
      {12 * ms + 345 * us, "12.3ms"},
      {1 * ms + 50 * us, "1.05ms"},
      {1500 * ms, "1.5s"},
      {9 * s + 999 * ms, "9.99s"},
      {59 * s + 999 * ms, "59.9s"},
      {minute, "1m00s"},
      {65 * s, "1m05s"},
      {60 * minute, "1h00m"},
      {23 * 60 * minute + 59 * minute, "23h59m"},
      {51 * 60 * minute, "2d03h"},
      {UINT64_MAX, "213503d23h"},
  };
  for (const auto& [value, text] : expected) EXPECT_EQ(shown(t.duration, t, value), text);
  const auto is_signed = t.b.add_typedef("skep_duration_ns_t", t.i64);
  EXPECT_EQ(shown(is_signed, t, std::int64_t{-1500}), "-1.5us");
  EXPECT_EQ(shown(is_signed, t, INT64_MIN), "-106751d23h");
}

TEST(RecordTable, TimesOfDayAreLocal) {
  Types t;
  const auto schema = t.of(t.time, 8);
  EXPECT_EQ(shown(t.time, t, std::uint64_t{0}), "-");
  EXPECT_EQ(shown(t.time, t, std::uint64_t{61'002'999'999}), "12:01:01.002");
  std::string out;
  test::use_time_zone("XYZ-5:45");
  TableFormatter(schema, {.clock = test::noon})
      .append(out, RecordBytes(8).set(0, std::uint64_t{1'000'000}));
  EXPECT_EQ(out, "17:45:00.001\n");
}

TEST(RecordTable, TextsShowWhatATerminalMustNotSee) {
  EXPECT_EQ(shown_text("plain \"quoted\" back\\slash"), "plain \"quoted\" back\\slash");
  EXPECT_EQ(shown_text("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(shown_text("\x1b[31mred\x1b]0;title\x07"), "\\x1b[31mred\\x1b]0;title\\x07");
  EXPECT_EQ(shown_text("\x7f\x01"), "\\x7f\\x01");
  EXPECT_EQ(shown_text("caf\xe9 \xff"), "caf\\xe9 \\xff");
  EXPECT_EQ(shown_text("\xc2\x9b"
                       "31m"),
            "\\u009b31m");
  EXPECT_EQ(shown_text("a\u202eb\u2028"), "a\\u202eb\\u2028");
  EXPECT_EQ(shown_text("文件 é 🐝"), "文件 é 🐝");
}

TEST(RecordTable, NoControlCharacterIsShownRaw) {
  for (unsigned c = 1; c < 0x20; ++c) {
    const char text[] = {'a', static_cast<char>(c), 'b'};
    EXPECT_TRUE(shown_text({text, 3}).starts_with("a\\")) << c;
  }
  for (unsigned c = 0x80; c < 0xa0; ++c) {
    const char text[] = {'\xc2', static_cast<char>(c)};
    EXPECT_TRUE(shown_text({text, 2}).starts_with("\\u00")) << c;
  }
  EXPECT_EQ(shown_text("\xc2\xa0"), "\xc2\xa0");  // a space that does not break
}

TEST(RecordTable, WordsCanBePastedIntoAShell) {
  const auto words = [](std::initializer_list<std::string_view> list) {
    std::string joined;
    for (const auto& word : list) joined.append(word).push_back('\0');
    return joined;
  };
  EXPECT_EQ(shown_words(words({"ls", "-l", "/tmp/x.y"})), "ls -l /tmp/x.y");
  EXPECT_EQ(shown_words(words({"echo", "a b", "it's", "", "$HOME", "x=1"})),
            "echo 'a b' 'it'\\''s' '' '$HOME' x=1");
  EXPECT_EQ(shown_words(words({"A=b", "=ls", "~", "文 件", "文件"})),
            "'A=b' '=ls' '~' '文 件' 文件");
  EXPECT_EQ(shown_words(words({"a\nb", "\xff'\\"})), "$'a\\nb' $'\\xff\\'\\\\'");
  EXPECT_EQ(shown_words(""), "");
  EXPECT_EQ(shown_words("last", 4), "last");
}

TEST(RecordTable, ACutEndsWithAnEllipsis) {
  Types t;
  EXPECT_EQ(shown_words(std::string("a\0b\0", 4), 5), "a b …");
  EXPECT_EQ(shown_words(std::string("a\0b", 3), 5), "a b…");
  EXPECT_EQ(shown_words("", 5), "…");
  const auto schema = t.of(t.text, 8);
  EXPECT_EQ(table_row(schema, RecordBytes(8).span(0, "/bin", 5)), "/bin…");
  EXPECT_EQ(table_row(schema, RecordBytes(8).span(0, "/bin", 4)), "/bin");
  EXPECT_EQ(table_row(schema, RecordBytes(8).span(0, 8, 1, 1)), "<outside of the record>");
  EXPECT_EQ(table_row(t.of(t.words, 8), RecordBytes(8).span(0, 900, 0, 0)),
            "<outside of the record>");
}

TEST(RecordTable, ArraysAreCompactJson) {
  Types t;
  const auto pair = t.b.add_struct("", 4, {{"a", t.u8, 0}, {"b", t.u16, 16}});
  const auto schema = t.schema(16, {{"m", t.array(t.u16, 3), 0},
                                    {"s", t.array(t.array(t.letter, 2), 2), 48},
                                    {"p", t.array(pair, 1), 80}});
  RecordBytes record(16);
  record.set(0, std::uint16_t{1})
      .set(4, std::uint16_t{3})
      .text(6,
            "\x1b"
            "b")
      .set(12, std::uint16_t{9});
  EXPECT_EQ(table_row(schema, record),
            "[1,0,3]                  [\"\\u001bb\",\"\"]           [{\"a\":0,\"b\":9}]");
}

TEST(RecordTable, ColumnsLineUp) {
  Types t;
  const auto schema = t.schema(
      28, {{"pid", t.u32, 0}, {"comm", t.array(t.letter, 16), 32}, {"ret", t.result, 160}});
  EXPECT_EQ(header(schema), "    PID COMM                 RET\n");
  EXPECT_EQ(table_row(schema, RecordBytes(28).set(0, 17).text(4, "bash").set(20, std::int64_t{3})),
            "     17 bash                   3");
  // Two columns each for wide characters.
  EXPECT_EQ(table_row(schema, RecordBytes(28).set(0, 17).text(4, "文件").set(20, std::int64_t{-2})),
            "     17 文件              ENOENT");
  // Wider than its column: pushes the rest, and loses nothing.
  EXPECT_EQ(table_row(schema, RecordBytes(28).set(0, 123456789).set(20, std::int64_t{1} << 40)),
            "123456789                  1099511627776");
  EXPECT_EQ(header(schema, {.header = false}), "");
  EXPECT_EQ(header(schema, {.colour = true}), "\x1b[1m    PID COMM                 RET\x1b[0m\n");
}

TEST(RecordTable, WidthsComeFromTheKind) {
  Types t;
  const auto opaque = t.b.add_struct("opaque", 5, {});
  const auto state = t.b.add_enum("state", 4, {{"running", 0}, {"dead", 1}});
  EXPECT_EQ(
      header(t.schema(80, {{"a", t.u8, 0},
                           {"b", t.i16, 16},
                           {"c", t.u64, 64},
                           {"d", t.boolean, 128},
                           {"e", opaque, 136},
                           {"f", state, 192},
                           {"g", t.error, 224},
                           {"h", t.f64, 256},
                           {"i", t.u8, 320, 3},
                           {"j", t.pointer, 384},
                           {"k", t.mode, 448},
                           {"l", t.u8, 480}})),
      "   A      B            C D     E          F       G                     H    I J       "
      "               K    L\n");
}

TEST(RecordTable, NestedNamesHaveDots) {
  Types t;
  const auto addr = t.b.add_struct("", 8, {{"v4", t.u32, 0}, {"port", t.u16, 32}});
  EXPECT_EQ(header(t.of(addr, 8)), "   V.V4 V.PORT\n");
}

TEST(RecordTable, ErrorsAreRed) {
  Types t;
  const auto schema = t.schema(16, {{"e", t.error, 0}, {"path", t.text, 32}, {"r", t.error, 96}});
  const TableOptions options{.colour = true};
  EXPECT_EQ(table_row(schema, RecordBytes(16).set(0, -2).span(4, 99, 1, 1), options),
            "\x1b[31mENOENT\x1b[0m       \x1b[31m<outside of the record>\x1b[0m  -");
  EXPECT_EQ(table_row(schema, RecordBytes(2), options), "\x1b[31m<2 of 16 bytes>\x1b[0m 0000");
  const auto result = t.schema(12, {{"r", t.result, 0}, {"n", t.u32, 64}});
  EXPECT_EQ(table_row(result, RecordBytes(12).set(0, std::int64_t{-2}), options),
            " \x1b[31mENOENT\x1b[0m       0");
}

TEST(RecordTable, RowsAreCutToTheTerminal) {
  Types t;
  const auto schema = t.schema(12, {{"pid", t.u32, 0}, {"path", t.text, 32}});
  const auto row = [&](std::string_view path, std::size_t width) {
    return table_row(schema, RecordBytes(12).set(0, 7).span(4, path, 0), {.width = width});
  };
  EXPECT_EQ(row("/usr/bin/bash", 21), "      7 /usr/bin/bash");
  EXPECT_EQ(row("/usr/bin/bash", 20), "      7 /usr/bin/ba…");
  EXPECT_EQ(row("文件文件", 16), "      7 文件文件");
  EXPECT_EQ(row("文件文件", 15), "      7 文件文…");
  EXPECT_EQ(row("文件文件", 14), "      7 文件…");  // half a character cannot be shown
  EXPECT_EQ(row("/usr/bin/bash", 1), "…");
  EXPECT_EQ(header(schema, {.width = 10}), "    PID P…\n");
  EXPECT_EQ(header(schema, {.width = 10, .colour = true}).substr(0, 4), "\x1b[1m");
  EXPECT_TRUE(header(schema, {.width = 10, .colour = true}).ends_with("…\x1b[0m\n"));
  EXPECT_FALSE(header(schema, {.width = 10, .colour = true}).ends_with("\x1b[0m\x1b[0m\n"));
}

TEST(RecordTable, TheLastLongTextTakesTheRest) {
  Types t;
  const auto schema = t.schema(20, {{"a", t.text, 0}, {"path", t.text, 64}, {"ret", t.i32, 128}});
  const auto row = [&](std::string_view path) {
    return table_row(schema, RecordBytes(20).span(0, "x", 0).span(8, path, 0).set(16, 5),
                     {.width = 70});
  };
  const std::string start = "x" + std::string(24, ' ');
  EXPECT_EQ(row("/bin"), start + "/bin" + std::string(33, ' ') + "       5");
  EXPECT_EQ(row(std::string(60, 'y')), start + std::string(36, 'y') + "…       5");
  EXPECT_EQ(row(std::string("a") + std::string(90, '\x01')).size(), 25 + 1 + 4 * 8 + 3 + 3 + 8U);
  EXPECT_EQ(header(schema, {.width = 70}),
            "A                        PATH                                      RET\n");
  // Where there is less than it needs, the texts share what there is, the last with one half ...
  const auto narrow = [&](std::size_t width) {
    auto record = RecordBytes(20).span(0, "abcdefghijklmnopqrst", 0);
    return table_row(schema, record.span(8, "0123456789", 0), {.width = width});
  };
  EXPECT_EQ(narrow(41), "abcdefghijklmno… 0123456789             0");
  EXPECT_EQ(narrow(31), "abcdefghij… 0123456789        0");
  // ... down to a width of eight each, when the row is cut.
  EXPECT_EQ(narrow(25), "abcdefg… 0123456…       0");
  EXPECT_EQ(narrow(24), "abcdefg… 0123456…      …");
  // The last cell's own width does not cut the header.
  const auto last = t.schema(12, {{"pid", t.u32, 0}, {"path", t.text, 32}});
  EXPECT_EQ(header(last, {.width = 12}), "    PID PATH\n");
}

TEST(RecordTable, ColourEndsWhereARowIsCut) {
  Types t;
  const auto schema = t.schema(12, {{"pid", t.u32, 0}, {"e", t.error, 32}});
  EXPECT_EQ(table_row(schema, RecordBytes(12).set(4, -2), {.width = 11, .colour = true}),
            "      0 \x1b[31mEN…\x1b[0m");
}

TEST(RecordTable, ShortAndLongRecords) {
  Types t;
  const auto schema = t.of(t.u32, 4);
  EXPECT_EQ(table_row(schema, RecordBytes(3).text(0, "\x01\x02\x03")), "<3 of 4 bytes> 010203");
  EXPECT_EQ(table_row(schema, RecordBytes(3).text(0, "\x01\x02\x03"), {.width = 18}),
            "<3 of 4 bytes> 01…");
  EXPECT_EQ(table_row(schema, RecordBytes(11)), "      0");
  EXPECT_EQ(table_row(schema, RecordBytes(12)), "      0 +8 bytes");
  EXPECT_EQ(table_row(raw_schema("x"), RecordBytes(2).set(0, std::uint16_t{0x0201})), "0102");
}

TEST(RecordTable, HostileNamesStayOnTheirLine) {
  Types t;
  const auto state = t.b.add_enum("e", 4, {{"\x1b[2J", 0}});
  const auto schema = t.of(t.b.add_struct("", 4, {{"a\nb\x1b", state, 0}}), 4);
  EXPECT_EQ(header(schema), "V.A\\NB\\X1B\n");
  EXPECT_EQ(table_row(schema, RecordBytes(4)), "\\x1b[2J");
}

TEST(RecordText, WidthsOfCharacters) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("文件"), 4U);
  EXPECT_EQ(columns_of("🐝"), 2U);
  EXPECT_EQ(columns_of("e\u0301"), 1U);  // a combining accent
  EXPECT_EQ(columns_of("…"), 1U);
  EXPECT_EQ(columns_of("\U000E0FFF\uE000"), 2U);  // unassigned, private
  EXPECT_EQ(columns_of("\x1b[31mred\x1b[0m"), 3U);
  EXPECT_EQ(bytes_within("文件", 3), 3U);
  EXPECT_EQ(bytes_within("ab", 0), 0U);
}

}  // namespace
}  // namespace skep::record
