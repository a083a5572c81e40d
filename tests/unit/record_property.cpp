// Any type, any bytes: no crash, no read beyond the record, JSON that is JSON, a table that does a
// terminal no harm, words that a shell reads back. Seeds are fixed: a failure comes again.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "record/text.hpp"
#include "record/utf8.hpp"
#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::RecordBytes;
using test::Types;

using Random = std::mt19937;

std::uint32_t below(Random& random, std::size_t limit) {
  return static_cast<std::uint32_t>(random() % limit);
}

// Types made at random: what is asked for lies within its struct, everything else is open.
class AnyTypes {
 public:
  explicit AnyTypes(Random& random) : random_(random) {
    state_ = t_.b.add_enum("state", 4, {{"run", 0}, {"\x1b[2J\"", 1}, {"文件", -1}}, true);
    wide_ = t_.b.add_enum64("wide", 8, {{"a", 1}, {"b", 1LL << 40}});
    half_ = t_.b.add_float("half", 2);
  }

  Schema record() {
    composite(0, true);
    return t_.schema(last_);
  }

 private:
  struct Part {
    BtfBuilder::Id type;
    std::uint32_t size;
  };

  Part scalar() {
    const Part parts[] = {{t_.u8, 1},       {t_.i8, 1},    {t_.letter, 1},  {t_.u16, 2},
                          {t_.i16, 2},      {t_.u32, 4},   {t_.i32, 4},     {t_.u64, 8},
                          {t_.i64, 8},      {t_.u128, 16}, {t_.i128, 16},   {t_.boolean, 1},
                          {t_.f32, 4},      {t_.f64, 8},   {t_.pointer, 8}, {t_.text, 8},
                          {t_.words, 8},    {t_.error, 4}, {t_.result, 8},  {t_.signal, 4},
                          {t_.duration, 8}, {t_.time, 8},  {t_.flags, 4},   {t_.mode, 4},
                          {t_.uid, 4},      {state_, 4},   {wide_, 8},      {half_, 2}};
    return parts[below(random_, std::size(parts))];
  }

  Part part(unsigned depth) {
    const auto kind = below(random_, depth < 3 ? 10 : 7);
    if (kind < 6) return scalar();
    if (kind == 6) {
      const auto length = below(random_, 40);
      return {t_.array(t_.letter, length), length};
    }
    if (kind == 7) {
      const auto size = composite(depth + 1, false);
      return {last_, size};
    }
    const Part element = part(depth + 1);
    const auto count = below(random_, 4);
    return {t_.array(element.type, count), element.size * count};
  }

  // Leaves its id in last_, returns its size.
  std::uint32_t composite(unsigned depth, bool may_end_open) {
    std::vector<BtfBuilder::Member> members;
    std::vector<std::string> labels(1 + below(random_, 8));
    std::uint32_t size = 0;
    for (auto& label : labels) {
      label = below(random_, 20) == 0 ? ""
                                      : std::string(1, static_cast<char>('a' + below(random_, 26)));
      if (below(random_, 6) == 0) {
        const auto bits = 1 + below(random_, 64);
        members.push_back(
            {label, random_() % 2 == 0 ? t_.u64 : t_.i64, size * 8 + below(random_, 8), bits});
        size += 9;
        continue;
      }
      const Part next = part(depth);
      members.push_back({label, next.type, size * 8});
      if (below(random_, 8) != 0) size += next.size;  // else it overlaps, as in a union
      size = std::max(size, members.back().bit_offset / 8 + next.size);
    }
    if (may_end_open && below(random_, 3) == 0) {
      const Part element = below(random_, 3) == 0 ? Part{t_.letter, 1} : scalar();
      members.push_back({"rest", t_.array(element.type, 0), size * 8});
    }
    last_ = t_.b.add_struct("any", size, members);
    return size;
  }

  Types t_;
  Random& random_;
  BtfBuilder::Id state_ = 0, wide_ = 0, half_ = 0, last_ = 0;
};

// Bytes that are sometimes text, sometimes spans that lie inside, sometimes anything.
RecordBytes any_record(Random& random, std::size_t size) {
  RecordBytes record(size);
  const auto style = below(random, 4);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = style == 0   ? random() & 0xff
                      : style == 1 ? " ~az'\"\\\n\x1b\x7f\xc2\x9b\xe6\x96\x87"[below(random, 16)]
                      : style == 2 ? (below(random, 3) == 0 ? below(random, size) : 0)
                                   : below(random, 2) * 0xff;
    record.set(i, static_cast<std::uint8_t>(byte));
  }
  return record;
}

void expect_harmless(std::string_view rows) {
  for (std::size_t i = 0; i < rows.size();) {
    const CodePoint code = decode_utf8(rows.data() + i, rows.size() - i);
    ASSERT_NE(code.size, 0U) << "not UTF-8 at " << i << ": " << rows;
    const bool is_control =
        (code.value < 0x20 && code.value != '\n') || (code.value >= 0x7f && code.value < 0xa0);
    ASSERT_FALSE(is_control) << "U+" << std::hex << static_cast<unsigned>(code.value);
    i += code.size;
  }
}

TEST(RecordProperty, AnyBytesOfAnyTypeMakeOneLine) {
  Random random(20250701);
  for (int round = 0; round < 400; ++round) {
    const Schema schema = AnyTypes(random).record();
    const JsonFormatter json(schema, test::noon);
    const TableFormatter wide(schema, {.clock = test::noon});
    const std::size_t width = 1 + below(random, 100);
    const TableFormatter narrow(schema, {.width = width, .clock = test::noon});
    Output rows;
    wide.append_header(rows);
    narrow.append_header(rows);
    for (int i = 0; i < 12; ++i) {
      const std::size_t size =
          i < 3 ? below(random, schema.size + 1) : schema.size + below(random, 100);
      const auto record = any_record(random, size);
      Output line;
      json.append(line, record);
      ASSERT_TRUE(line.ends_with('\n'));
      ASSERT_EQ(std::ranges::count(line, '\n'), 1);
      ASSERT_TRUE(nlohmann::json::accept(line)) << line;
      expect_harmless(line);
      const std::size_t mark = rows.size();
      wide.append(rows, record);
      const std::size_t next = rows.size();
      ASSERT_EQ(std::ranges::count(rows.substr(mark), '\n'), 1);
      narrow.append(rows, record);
      const std::string cut = rows.substr(next);
      ASSERT_EQ(std::ranges::count(cut, '\n'), 1);
      ASSERT_LE(columns_of(std::string_view(cut).substr(0, cut.size() - 1)), width) << cut;
    }
    expect_harmless(rows);
    if (HasFatalFailure()) return;
  }
}

// Keys within one object must differ, or a reader loses one.
TEST(RecordProperty, KeysAreUnique) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    const Schema schema = AnyTypes(random).record();
    const auto line = test::json_line(schema, any_record(random, schema.size));
    std::vector<std::vector<std::string>> open;
    const auto check = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      if (event == nlohmann::json::parse_event_t::object_start) open.emplace_back();
      if (event == nlohmann::json::parse_event_t::object_end) open.pop_back();
      if (event == nlohmann::json::parse_event_t::key) {
        EXPECT_EQ(std::ranges::count(open.back(), value.get<std::string>()), 0) << line;
        open.back().push_back(value.get<std::string>());
      }
      return true;
    };
    EXPECT_TRUE(nlohmann::json::parse(line, check).is_object());
    if (HasFailure()) return;
  }
}

// A file that is gone when the test is.
class Script {
 public:
  explicit Script(const std::string& text) {
    const int fd = ::mkstemp(path_);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~Script() { ::unlink(path_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  std::string run(const std::string& shell) const {
    std::string out;
    std::FILE* pipe = ::popen((shell + " " + path_).c_str(), "r");
    char buffer[4096];
    while (const std::size_t n = std::fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, n);
    EXPECT_EQ(::pclose(pipe), 0);
    return out;
  }

 private:
  char path_[32] = "/tmp/skep-record-XXXXXX";
};

std::string any_word(Random& random) {
  std::string word;
  const auto length = below(random, 12);
  const std::string_view tricky = " '\"\\$`!*?[]{}()<>|&;~#=%^\t\n\r\x1b\x7f\x01-a0.";
  while (word.size() < length) {
    switch (below(random, 4)) {
      case 0:
        word += static_cast<char>(1 + below(random, 255));
        break;
      case 1:
        word += "文é🐝"[below(random, 9)];
        break;
      default:
        word += tricky[below(random, tricky.size())];
    }
  }
  return word;
}

TEST(RecordProperty, AShellReadsTheSameWords) {
  Random random(3);
  Types t;
  const TableFormatter table(t.of(t.words, 8), {});
  std::string script, expected;
  for (int round = 0; round < 500; ++round) {
    std::string words;
    const auto count = 1 + below(random, 4);
    for (std::size_t i = 0; i < count; ++i) words.append(any_word(random)).push_back('\0');
    Output row;
    table.append(row, RecordBytes(8).span(0, words, words.size()));
    script += "printf '%s\\0' " + row;
    expected += words;
  }
  EXPECT_EQ(Script(script).run("bash"), expected);
}

// A command's name alone: nothing in front of it that would make A=b a word.
TEST(RecordProperty, AShellRunsTheSameCommand) {
  Types t;
  std::string script = "command_not_found_handle() { printf '%s\\0' \"$@\"; }\n", expected;
  for (const std::string_view name : {"A=b", "=x", "no such", "x+=1", "é", "a\nb", "~none", "!x"}) {
    const std::string words = std::string(name) + '\0' + "A=b" + '\0';
    script += test::table_row(t.of(t.words, 8), RecordBytes(8).span(0, words, 0)) + "\n";
    expected += words;
  }
  EXPECT_EQ(Script(script + "true\n").run("bash"), expected);
}

}  // namespace
}  // namespace skep::record
