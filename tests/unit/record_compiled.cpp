// What clang says in BTF about records.h, beside what this compiler makes of the same header.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
namespace skep::record::host {
#include "objects/records.h"
}  // namespace skep::record::host
#pragma GCC diagnostic pop

#include "base/file.hpp"
#include "elf/elf.hpp"
#include "unit/record_support.hpp"

namespace skep::record {
namespace {

Schema schema_of(std::string_view name) {
  const auto bytes = read_file(SKEP_TEST_OBJECTS "/records.bpf.o", 1 << 20).value();
  const auto file = elf::parse(bytes).value();
  const elf::Section* section = file.find(".BTF");
  const auto types =
      Btf::parse(std::vector<std::byte>(section->data.begin(), section->data.end())).value();
  return make_schema(types, types.find(name, btf::Kind::struct_).value().id()).value();
}

struct Expected {
  std::string_view name;
  std::size_t offset, size;  // of one element
};

void expect_columns(const Schema& schema, std::size_t size, const std::vector<Expected>& expected) {
  EXPECT_EQ(schema.size, size);
  ASSERT_EQ(schema.columns.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(schema.columns[i].name, expected[i].name);
    EXPECT_EQ(schema.columns[i].offset, expected[i].offset) << expected[i].name;
    EXPECT_EQ(schema.columns[i].size, expected[i].size) << expected[i].name;
  }
}

template <typename T>
std::string line(std::string_view name, const T& record) {
  return test::json_line(schema_of(name), bytes_of(record));
}

TEST(RecordCompiled, Scalars) {
  using T = host::scalars;
  expect_columns(schema_of("scalars"), sizeof(T),
                 {{"yes", offsetof(T, yes), 1},         {"letter", offsetof(T, letter), 1},
                  {"i8", offsetof(T, i8), 1},           {"u8", offsetof(T, u8), 1},
                  {"i16", offsetof(T, i16), 2},         {"u16", offsetof(T, u16), 2},
                  {"i32", offsetof(T, i32), 4},         {"u32", offsetof(T, u32), 4},
                  {"i64", offsetof(T, i64), 8},         {"u64", offsetof(T, u64), 8},
                  {"i128", offsetof(T, i128), 16},      {"u128", offsetof(T, u128), 16},
                  {"f32", offsetof(T, f32), 4},         {"f64", offsetof(T, f64), 8},
                  {"colour", offsetof(T, colour), 4},   {"sign", offsetof(T, sign), 4},
                  {"large", offsetof(T, large), 8},     {"deep", offsetof(T, deep), 8},
                  {"pointer", offsetof(T, pointer), 8}, {"function", offsetof(T, function), 8},
                  {"alias", offsetof(T, alias), 4}});
}

TEST(RecordCompiled, ScalarValues) {
  host::scalars v{};
  v.yes = true;
  v.letter = 'S';
  v.i8 = -8;
  v.u8 = 200;
  v.i16 = -16;
  v.u16 = 65535;
  v.i32 = INT32_MIN;
  v.u32 = UINT32_MAX;
  v.i64 = INT64_MIN;
  v.u64 = UINT64_MAX;
  v.i128 = -1;
  v.u128 = 12;
  v.f32 = 0.5F;
  v.f64 = -0.25;
  v.colour = host::blue;
  v.sign = host::minus;
  v.large = host::huge;
  v.deep = host::deepest;
  v.pointer = nullptr;
  v.alias = 3;
  EXPECT_EQ(line("scalars", v),
            R"({"yes":true,"letter":"S","i8":-8,"u8":200,"i16":-16,"u16":65535,)"
            R"("i32":-2147483648,"u32":4294967295,"i64":-9223372036854775808,)"
            R"("u64":18446744073709551615,"i128":"-1","u128":"12","f32":0.5,"f64":-0.25,)"
            R"("colour":"blue","sign":"minus","large":"huge","deep":"deepest",)"
            R"("pointer":"0x0","function":"0x0","alias":3})");
}

TEST(RecordCompiled, Nests) {
  using T = host::nests;
  expect_columns(schema_of("nests"), sizeof(T),
                 {{"first", offsetof(T, first), 4},
                  {"peer.x", offsetof(T, peer.x), 2},
                  {"peer.addr.v4", offsetof(T, peer.addr.v4), 4},
                  {"peer.addr.v6", offsetof(T, peer.addr.v6), 16},
                  {"left", offsetof(T, left), 4},
                  {"right", offsetof(T, right), 4},
                  {"both", offsetof(T, both), 8},
                  {"pairs", offsetof(T, pairs), sizeof(host::pair)},
                  {"matrix", offsetof(T, matrix), 4},
                  {"names", offsetof(T, names), 8},
                  {"name", offsetof(T, name), 8},
                  {"mac", offsetof(T, mac), 6},
                  {"last", offsetof(T, last), 4}});
}

TEST(RecordCompiled, NestValues) {
  host::nests v{};
  v.first = 1;
  v.peer.x = -2;
  v.peer.addr.v4 = 3;
  v.left = 4;
  v.right = 5;
  v.pairs[0] = {6, -7};
  v.pairs[1] = {8, 9};
  for (int i = 0; i < 6; ++i) v.matrix[i / 3][i % 3] = i;
  std::strcpy(v.names[1], "second");
  std::memcpy(v.name, "eightch8", 8);
  v.mac[5] = 255;
  v.last = 10;
  EXPECT_EQ(line("nests", v),
            R"({"first":1,"peer":{"x":-2,"addr":{"v4":"3.0.0.0","v6":"300::"}},)"
            R"("left":4,"right":5,"both":21474836484,"pairs":[{"a":6,"b":-7},{"a":8,"b":9}],)"
            R"("matrix":[[0,1,2],[3,4,5]],"names":["","second",""],"name":"eightch8",)"
            R"("mac":"00:00:00:00:00:ff","last":10})");
}

TEST(RecordCompiled, BitFields) {
  host::bits v{};
  EXPECT_EQ(schema_of("bits").size, sizeof(v));
  v.a = 5;
  v.b = -11;
  v.c = 0x1abcd;
  v.d = true;
  v.e = host::green;
  v.f = 0x1234567890aULL;
  v.g = -4'000'000;
  v.h = 200;
  v.i = -ENOENT;
  v.j = static_cast<Wide>(1) << 99 | 1;
  EXPECT_EQ(line("bits", v),
            R"({"a":5,"b":-11,"c":109517,"d":true,"e":"green","f":1250999896330,"g":-4000000,)"
            R"("h":200,"i":"ENOENT","j":"633825300114114700748351602689"})");
}

TEST(RecordCompiled, PackedStructs) {
  using T = host::squeezed;
  const auto schema = schema_of("squeezed");
  EXPECT_EQ(schema.size, sizeof(T));
  EXPECT_EQ(schema.columns.at(1).offset, offsetof(T, number));
  T v{};
  v.tag = 't';
  v.number = -123456;
  v.list[1] = -2;
  v.last = 0xffeeddccbb;
  v.real = 1.5;
  EXPECT_EQ(line("squeezed", v),
            R"({"tag":"t","number":-123456,"list":[0,-2],"last":1099224173755,"real":1.5})");
}

TEST(RecordCompiled, Meanings) {
  host::meanings v{};
  v.error = -EAGAIN;
  v.result = -EPERM;
  v.signal = 15;
  v.duration = 1'500'000;
  v.time = 1;
  v.flags = 02;
  v.mode = 0600;
  v.uid = 33;
  v.text = {.offset = offsetof(host::meanings, uid), .length = 1, .total = 1};
  v.words = {.offset = offsetof(host::meanings, uid), .length = 2, .total = 9};
  EXPECT_EQ(line("meanings", v),
            R"({"error":"EAGAIN","result":"EPERM","signal":"SIGTERM","duration":1500000,)"
            R"("time":"2025-07-01T12:00:00.000000001Z","flags":"O_RDWR","mode":"0600","uid":33,)"
            R"("text":"!","words":["!"],"words_total":9})");
}

TEST(RecordCompiled, FlexibleArrays) {
  const auto schema = schema_of("flexible");
  EXPECT_EQ(schema.size, 8U);
  ASSERT_EQ(schema.columns.size(), 3U);
  EXPECT_TRUE(schema.columns[2].flexible);
  test::RecordBytes record(10);
  record.set(0, 5).text(4, "Thello");
  EXPECT_EQ(test::json_line(schema, record), R"({"count":5,"tag":"T","rest":"hello"})");
}

// The same records as they are printed, to look at and to keep.
TEST(RecordCompiled, Golden) {
  test::use_time_zone("UTC0");
  for (const std::string_view name : {"scalars", "nests", "bits", "squeezed", "meanings"}) {
    const auto schema = schema_of(name);
    test::RecordBytes record(schema.size + 16);
    for (std::size_t i = 0; i < schema.size; ++i) {
      record.set(i, static_cast<std::uint8_t>(i * 37 % 128));
    }
    const std::span<const std::byte> bytes = record;
    Output table, json;
    const TableFormatter wide(schema, {.clock = test::noon});
    const TableFormatter narrow(schema, {.width = 80, .colour = true, .clock = test::noon});
    for (const auto* formatter : {&wide, &narrow}) {
      formatter->append_header(table);
      formatter->append(table, bytes.first(schema.size));
      formatter->append(table, bytes.first(schema.size - 1));
      formatter->append(table, bytes);
    }
    const JsonFormatter lines(schema, test::noon);
    for (const std::size_t size : {schema.size, schema.size - 1, schema.size + 16}) {
      lines.append(json, bytes.first(size));
    }
    test::expect_golden(std::string(name) + ".table.txt", table);
    test::expect_golden(std::string(name) + ".json.txt", json);
  }
}

}  // namespace
}  // namespace skep::record
