// What the tests of record/ share: records made byte by byte, and golden files.
#pragma once

#include <gtest/gtest.h>
#include <time.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "record/format.hpp"
#include "unit/btf_builder.hpp"
#include "unit/golden.hpp"

namespace skep::test {

// 2025-07-01 12:00:00 UTC.
inline constexpr record::Clock noon{1'751'371'200'000'000'000};

// Times of day are shown in the local zone.
inline void use_time_zone(const char* name) {
  ::setenv("TZ", name, 1);
  ::tzset();
}

// A record of exactly so many bytes on the heap, so that a sanitizer sees what reads beyond.
class RecordBytes {
 public:
  explicit RecordBytes(std::size_t size) : bytes_(size) {}
  template <typename T>
  RecordBytes& set(std::size_t offset, const T& value) {
    EXPECT_LE(offset + sizeof(T), bytes_.size());
    std::memcpy(bytes_.data() + offset, &value, sizeof(T));
    return *this;
  }
  RecordBytes& text(std::size_t offset, std::string_view value) {
    EXPECT_LE(offset + value.size(), bytes_.size());
    std::memcpy(bytes_.data() + offset, value.data(), value.size());
    return *this;
  }
  // A skep_text_t or skep_words_t.
  RecordBytes& span(std::size_t at, std::size_t offset, std::size_t length, std::size_t total) {
    set(at, static_cast<std::uint16_t>(offset));
    set(at + 2, static_cast<std::uint16_t>(length));
    return set(at + 4, static_cast<std::uint32_t>(total));
  }
  // The text itself behind everything else, and the span that says where.
  RecordBytes& span(std::size_t at, std::string_view value, std::size_t total) {
    span(at, bytes_.size(), value.size(), total);
    const auto more = std::as_bytes(std::span(value));
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    bytes_.shrink_to_fit();
    return *this;
  }
  operator std::span<const std::byte>() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// One line, without its end.
inline std::string json_line(const record::Schema& schema, std::span<const std::byte> record) {
  std::string out;
  record::JsonFormatter(schema, noon).append(out, record);
  EXPECT_TRUE(out.ends_with('\n'));
  if (out.ends_with('\n')) out.pop_back();
  EXPECT_EQ(out.find('\n'), std::string::npos);
  return out;
}

inline nlohmann::json json_of(const record::Schema& schema, std::span<const std::byte> record) {
  return nlohmann::json::parse(json_line(schema, record));
}

inline std::string table_row(const record::Schema& schema, std::span<const std::byte> record,
                             record::TableOptions options = {.clock = noon}) {
  std::string out;
  use_time_zone("UTC0");
  options.clock = noon;
  record::TableFormatter(schema, options).append(out, record);
  EXPECT_TRUE(out.ends_with('\n'));
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

inline void expect_golden(std::string_view name, const std::string& text) {
  expect_golden("record", name, text);
}

// The types that most tests need.
struct Types {
  BtfBuilder b;
  BtfBuilder::Id u8 = b.add_int("unsigned char", 1);
  BtfBuilder::Id i8 = b.add_int("signed char", 1, BtfBuilder::signed_);
  BtfBuilder::Id letter = b.add_int("char", 1, BtfBuilder::signed_);
  BtfBuilder::Id u16 = b.add_int("unsigned short", 2);
  BtfBuilder::Id i16 = b.add_int("short", 2, BtfBuilder::signed_);
  BtfBuilder::Id u32 = b.add_int("unsigned int", 4);
  BtfBuilder::Id i32 = b.add_int("int", 4, BtfBuilder::signed_);
  BtfBuilder::Id u64 = b.add_int("unsigned long long", 8);
  BtfBuilder::Id i64 = b.add_int("long long", 8, BtfBuilder::signed_);
  BtfBuilder::Id u128 = b.add_int("unsigned __int128", 16);
  BtfBuilder::Id i128 = b.add_int("__int128", 16, BtfBuilder::signed_);
  BtfBuilder::Id boolean = b.add_int("_Bool", 1, BtfBuilder::bool_);
  BtfBuilder::Id f32 = b.add_float("float", 4);
  BtfBuilder::Id f64 = b.add_float("double", 8);
  BtfBuilder::Id pointer = b.add_ptr(0);
  BtfBuilder::Id span =
      b.add_struct("", 8, {{"offset", u16, 0}, {"length", u16, 16}, {"total", u32, 32}});
  BtfBuilder::Id text = b.add_typedef("skep_text_t", span);
  BtfBuilder::Id words = b.add_typedef("skep_words_t", span);
  BtfBuilder::Id error = b.add_typedef("skep_errno_t", i32);
  BtfBuilder::Id result = b.add_typedef("skep_result_t", i64);
  BtfBuilder::Id signal = b.add_typedef("skep_signal_t", i32);
  BtfBuilder::Id duration = b.add_typedef("skep_duration_ns_t", u64);
  BtfBuilder::Id time = b.add_typedef("skep_time_ns_t", u64);
  BtfBuilder::Id flags = b.add_typedef("skep_open_flags_t", u32);
  BtfBuilder::Id mode = b.add_typedef("skep_mode_t", u32);
  BtfBuilder::Id uid = b.add_typedef("skep_uid_t", u32);

  BtfBuilder::Id array(BtfBuilder::Id element, std::uint32_t count) {
    return b.add_array(element, count, u32);
  }
  Result<record::Schema> try_schema(BtfBuilder::Id type) const {
    return record::make_schema(b.btf(), type);
  }
  record::Schema schema(BtfBuilder::Id type) const { return try_schema(type).value(); }
  // A struct with these members.
  record::Schema schema(std::uint32_t size, const std::vector<BtfBuilder::Member>& members) {
    return schema(b.add_struct("event", size, members));
  }
  // A struct with one member, "v".
  record::Schema of(BtfBuilder::Id type, std::uint32_t size) {
    return schema(size, {{"v", type, 0}});
  }
};

}  // namespace skep::test
