// From a BTF type to columns.
#include <gtest/gtest.h>

#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::Types;

std::vector<std::string> names(const Schema& schema) {
  std::vector<std::string> out;
  for (const auto& column : schema.columns) out.push_back(column.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(RecordSchema, PlainTypesByTheirKind) {
  Types t;
  const auto colour = t.b.add_enum("colour", 4, {{"red", 0}});
  const auto proto = t.b.add_func_proto(0, {});
  const auto function = t.b.add_ptr(proto);
  const auto schema = t.schema(96, {{"a", t.u8, 0},
                                    {"b", t.i64, 64},
                                    {"c", t.u128, 128},
                                    {"d", t.boolean, 256},
                                    {"e", t.letter, 264},
                                    {"f", colour, 288},
                                    {"g", t.f32, 320},
                                    {"h", t.f64, 384},
                                    {"i", t.pointer, 448},
                                    {"j", function, 512},
                                    {"k", t.b.add_float("long double", 16), 576}});
  const Meaning expected[] = {
      Meaning::unsigned_integer, Meaning::signed_integer, Meaning::unsigned_integer,
      Meaning::boolean,          Meaning::character,      Meaning::enumeration,
      Meaning::floating,         Meaning::floating,       Meaning::pointer,
      Meaning::pointer,          Meaning::bytes};
  ASSERT_EQ(schema.columns.size(), std::size(expected));
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    EXPECT_EQ(schema.columns[i].meaning, expected[i]) << schema.columns[i].name;
  }
  EXPECT_EQ(schema.name, "event");
  EXPECT_EQ(schema.size, 96U);
  EXPECT_EQ(schema.columns[2].offset, 16U);
  EXPECT_EQ(schema.columns[2].size, 16U);
}

TEST(RecordSchema, TypedefNamesSayWhatAFieldMeans) {
  Types t;
  const auto mine = t.b.add_typedef("my_error", t.error);
  const auto wrapped = t.b.add_const(t.b.add_volatile(mine));
  const auto schema = t.schema(80, {{"error", wrapped, 0},
                                    {"result", t.result, 64},
                                    {"signal", t.signal, 128},
                                    {"duration", t.duration, 192},
                                    {"time", t.time, 256},
                                    {"flags", t.flags, 320},
                                    {"mode", t.mode, 352},
                                    {"uid", t.uid, 384},
                                    {"path", t.text, 448},
                                    {"args", t.b.add_const(t.words), 512}});
  const Meaning expected[] = {Meaning::error_code,  Meaning::result,  Meaning::signal,
                              Meaning::duration_ns, Meaning::time_ns, Meaning::open_flags,
                              Meaning::file_mode,   Meaning::user_id, Meaning::text_span,
                              Meaning::words_span};
  ASSERT_EQ(schema.columns.size(), std::size(expected));
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    EXPECT_EQ(schema.columns[i].meaning, expected[i]) << schema.columns[i].name;
  }
  EXPECT_EQ(schema.columns[8].total_name, "path_total");
  EXPECT_EQ(schema.columns[9].error_name, "args_error");
}

TEST(RecordSchema, ATypedefOfAnotherShapeMeansNothing) {
  Types t;
  const auto other = t.b.add_struct("", 8, {{"offset", t.u32, 0}, {"length", t.u32, 32}});
  const auto text = t.b.add_typedef("skep_text_t", other);
  const auto error = t.b.add_typedef("skep_errno_t", t.i128);
  const auto flags = t.b.add_typedef("skep_open_flags_t", t.pointer);
  const auto schema =
      t.schema(48, {{"text", text, 0}, {"error", error, 128}, {"flags", flags, 256}});
  EXPECT_EQ(names(schema), (Names{"text.offset", "text.length", "error", "flags"}));
  EXPECT_EQ(schema.columns[2].meaning, Meaning::signed_integer);
  EXPECT_EQ(schema.columns[3].meaning, Meaning::pointer);
}

TEST(RecordSchema, ASpanHasExactlyItsShape) {
  Types t;
  using Members = std::vector<BtfBuilder::Member>;
  for (const auto& members :
       {Members{{"total", t.u32, 0}, {"offset", t.u16, 32}, {"l", t.u16, 48}},
        Members{{"offset", t.u16, 16}, {"length", t.u16, 0}, {"t", t.u32, 32}},
        Members{{"offset", t.u16, 0}, {"length", t.u16, 16}, {"t", t.u16, 32}},
        Members{{"offset", t.u16, 0}, {"length", t.u16, 16}},
        Members{{"o", t.u16, 0, 15}, {"l", t.u16, 16}, {"t", t.u32, 32}}}) {
    const auto text = t.b.add_typedef("skep_text_t", t.b.add_struct("", 8, members));
    EXPECT_EQ(t.of(text, 8).columns.size(), members.size());
  }
  EXPECT_EQ(t.of(t.text, 8).columns.size(), 1U);
}

TEST(RecordSchema, NestedStructsAndUnionsAreFlat) {
  Types t;
  const auto v6 = t.array(t.u32, 4);
  const auto addr = t.b.add_union("", 16, {{"v4", t.u32, 0}, {"v6", v6, 0}});
  const auto inner = t.b.add_struct("", 8, {{"x", t.u32, 0}, {"y", t.u32, 32}});
  const auto deep = t.b.add_struct("deep", 24, {{"addr", addr, 0}, {"", inner, 128}});
  const auto schema =
      t.schema(40, {{"pid", t.u32, 0}, {"", inner, 32}, {"peer", deep, 128}, {"end", t.u8, 96}});
  EXPECT_EQ(names(schema),
            (Names{"pid", "x", "y", "peer.addr.v4", "peer.addr.v6", "peer.x", "peer.y", "end"}));
  EXPECT_EQ(schema.columns[5].offset, 16U + 16U);
  EXPECT_EQ(schema.columns[3].path, (Names{"peer", "addr", "v4"}));
}

TEST(RecordSchema, ArraysKeepTheirDimensions) {
  Types t;
  const auto pair = t.b.add_struct("pair", 8, {{"a", t.u16, 0}, {"b", t.u32, 32}});
  const auto schema = t.schema(200, {{"m", t.array(t.array(t.u16, 3), 2), 0},
                                     {"comm", t.array(t.letter, 16), 96},
                                     {"names", t.array(t.array(t.letter, 8), 4), 224},
                                     {"mac", t.array(t.u8, 6), 480},
                                     {"pairs", t.array(pair, 3), 544},
                                     {"errors", t.array(t.error, 2), 736}});
  ASSERT_EQ(schema.columns.size(), 6U);
  const auto& m = schema.columns[0];
  ASSERT_EQ(m.dimensions.size(), 2U);
  EXPECT_EQ(m.dimensions[0].count, 2U);
  EXPECT_EQ(m.dimensions[0].stride, 6U);
  EXPECT_EQ(m.dimensions[1].count, 3U);
  EXPECT_EQ(m.dimensions[1].stride, 2U);
  EXPECT_EQ(schema.columns[1].meaning, Meaning::text);
  EXPECT_EQ(schema.columns[1].size, 16U);
  EXPECT_TRUE(schema.columns[1].dimensions.empty());
  EXPECT_EQ(schema.columns[2].meaning, Meaning::text);
  EXPECT_EQ(schema.columns[2].dimensions.size(), 1U);
  EXPECT_EQ(schema.columns[3].meaning, Meaning::mac);
  const auto& pairs = schema.columns[4];
  EXPECT_EQ(pairs.meaning, Meaning::structure);
  ASSERT_EQ(pairs.fields.size(), 2U);
  EXPECT_EQ(pairs.fields[1].offset, 4U);
  EXPECT_EQ(schema.columns[5].meaning, Meaning::error_code);
}

TEST(RecordSchema, OnlyTheLastMemberIsFlexible) {
  Types t;
  const auto none = t.array(t.u32, 0);
  const auto tail = t.b.add_struct("tail", 4, {{"count", t.u32, 0}, {"items", none, 32}});
  const auto last = t.schema(12, {{"mark", none, 0}, {"a", t.u32, 0}, {"tail", tail, 64}});
  EXPECT_EQ(names(last), (Names{"a", "tail.count", "tail.items"}));
  EXPECT_EQ(last.columns[2].dimensions[0].count, 0U);
  const auto inside = t.schema(12, {{"tail", tail, 0}, {"a", t.u32, 64}});
  EXPECT_EQ(names(inside), (Names{"tail.count", "a"}));
  const auto text = t.schema(4, {{"a", t.u32, 0}, {"data", t.array(t.letter, 0), 32}});
  EXPECT_TRUE(text.columns[1].flexible);
  EXPECT_EQ(text.columns[1].meaning, Meaning::text);
  const auto both = t.b.add_union("", 0, {{"text", t.array(t.letter, 0), 0}, {"words", none, 0}});
  EXPECT_EQ(names(t.schema(4, {{"a", t.u32, 0}, {"", both, 32}})), (Names{"a", "text", "words"}));
}

TEST(RecordSchema, MembersWithoutAnyBytesAreSkipped) {
  Types t;
  const auto empty = t.b.add_struct("empty", 0, {});
  const auto schema = t.schema(8, {{"e", empty, 0},
                                   {"huge", t.array(empty, UINT32_MAX), 0},
                                   {"zero", t.array(t.array(t.u32, 0), 5), 0},
                                   {"", t.u32, 0},
                                   {"a", t.u32, 32}});
  EXPECT_EQ(names(schema), (Names{"a"}));
}

TEST(RecordSchema, WhatHasNoFieldsIsShownAsBytes) {
  Types t;
  const auto opaque = t.b.add_struct("opaque", 4, {});
  const auto schema =
      t.schema(20, {{"a", opaque, 0}, {"", opaque, 32}, {"list", t.array(opaque, 2), 64}});
  EXPECT_EQ(names(schema), (Names{"a", "unnamed", "list"}));
  for (const auto& column : schema.columns) {
    EXPECT_EQ(column.meaning, Meaning::bytes);
    EXPECT_EQ(column.size, 4U);
  }
  EXPECT_EQ(t.schema(opaque).columns.at(0).size, 4U);
}

TEST(RecordSchema, NamesAreUniqueWithinAnObject) {
  Types t;
  const auto inner = t.b.add_struct("", 8, {{"a", t.u32, 0}, {"b", t.u32, 32}});
  const auto schema = t.schema(40, {{"a", t.u32, 0},
                                    {"a", inner, 32},
                                    {"", inner, 96},
                                    {"path", t.text, 192},
                                    {"path_total", t.u32, 256}});
  EXPECT_EQ(names(schema), (Names{"a", "a_2.a", "a_2.b", "a_3", "b", "path", "path_total"}));
  EXPECT_EQ(schema.columns[5].total_name, "path_total_2");
  EXPECT_EQ(names(t.of(t.b.add_struct("", 4, {{"_rest", t.u32, 0}}), 4)), (Names{"v._rest"}));
  EXPECT_EQ(names(t.schema(4, {{"_rest", t.u32, 0}})), (Names{"_rest_2"}));
}

TEST(RecordSchema, ATypeThatIsNoStructIsOneValue) {
  Types t;
  EXPECT_EQ(names(t.schema(t.u64)), (Names{"value"}));
  EXPECT_EQ(t.schema(t.error).columns[0].meaning, Meaning::error_code);
  EXPECT_EQ(t.schema(t.error).name, "skep_errno_t");
  EXPECT_EQ(t.schema(t.array(t.letter, 16)).columns[0].meaning, Meaning::text);
  const auto raw = raw_schema("events");
  EXPECT_EQ(raw.size, 0U);
  EXPECT_TRUE(raw.columns.at(0).flexible);
}

TEST(RecordSchema, EnumerationsAreSharedAndSorted) {
  Types t;
  const auto state =
      t.b.add_enum("state", 4, {{"lost", -1}, {"new", 1}, {"open", 1}, {"old", 0}}, true);
  const auto schema = t.schema(12, {{"a", state, 0}, {"b", t.array(state, 2), 32}});
  ASSERT_EQ(schema.enumerations.size(), 1U);
  const auto& found = schema.enumerations[0].names;
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].second, "old");
  EXPECT_EQ(found[1].second, "new");  // the first of its value
  EXPECT_EQ(found[2].first, UINT64_MAX);
  EXPECT_TRUE(schema.columns[1].is_signed);
  EXPECT_EQ(schema.columns[1].enumeration, 0U);
}

TEST(RecordSchema, BitFieldsSayWhichBits) {
  Types t;
  const auto schema = t.schema(8, {{"a", t.u32, 3, 5},
                                   {"b", t.u32, 8, 9},
                                   {"c", t.u32, 24, 8},
                                   {"d", t.boolean, 33, 1},
                                   {"", t.u32, 34, 3}});
  ASSERT_EQ(names(schema), (Names{"a", "b", "c", "d"}));
  EXPECT_EQ(schema.columns[0].bit_shift, 3U);
  EXPECT_EQ(schema.columns[0].bit_size, 5U);
  EXPECT_EQ(schema.columns[0].size, 1U);
  EXPECT_EQ(schema.columns[1].offset, 1U);
  EXPECT_EQ(schema.columns[1].size, 2U);
  EXPECT_EQ(schema.columns[2].bit_size, 0U);  // a whole byte is none
  EXPECT_EQ(schema.columns[3].meaning, Meaning::boolean);
}

// Before clang 7 and pahole 1.13 said it with kind_flag, the integer's own encoding did.
TEST(RecordSchema, OldBitFieldsAreIntegersWithFewerBits) {
  Types t;
  const auto three = t.b.add_int("int", 4, BtfBuilder::signed_, 3);
  const auto schema = t.schema(8, {{"a", three, 0}, {"b", three, 35}});
  ASSERT_EQ(schema.columns.size(), 2U);
  EXPECT_EQ(schema.columns[0].bit_size, 3U);
  EXPECT_EQ(schema.columns[1].offset, 4U);
  EXPECT_EQ(schema.columns[1].bit_shift, 3U);
  EXPECT_EQ(schema.columns[1].size, 1U);
}

void expect_error(const Result<Schema>& result, ErrorKind kind, std::string_view message) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), kind);
  EXPECT_NE(result.error().message().find(message), std::string::npos) << result.error().message();
}

TEST(RecordSchemaHostile, MembersBeyondTheirStruct) {
  Types t;
  const auto beyond = t.b.add_struct("s", 4, {{"a", t.u64, 0}});
  expect_error(t.try_schema(beyond), ErrorKind::bad_input, "its member 'a' lies outside of it");
  const auto wide = t.b.add_struct("s", 8, {{"a", t.u32, 0, 33}});
  expect_error(t.try_schema(wide), ErrorKind::bad_input, "its bit field 'a' cannot be");
  const auto pointer = t.b.add_struct("s", 8, {{"a", t.pointer, 0, 3}});
  expect_error(t.try_schema(pointer), ErrorKind::bad_input, "its bit field 'a' cannot be");
  const auto crooked = t.b.add_struct("s", 8, {{"a", t.pointer, 3}});
  expect_error(t.try_schema(crooked), ErrorKind::bad_input, "lies outside");
}

TEST(RecordSchemaHostile, TypesWithoutASize) {
  Types t;
  expect_error(t.try_schema(0), ErrorKind::bad_input, "lay out a record");
  expect_error(t.try_schema(9999), ErrorKind::invalid_argument, "no BTF type 9999");
  const auto fwd = t.b.add_fwd("later");
  const auto holds = t.b.add_struct("s", 4, {{"a", fwd, 0}});
  expect_error(t.try_schema(holds), ErrorKind::bad_input, "member 'a'");
  expect_error(t.try_schema(t.b.add_func_proto(0)), ErrorKind::bad_input, "");
}

TEST(RecordSchemaHostile, StructsThatContainThemselves) {
  Types t;
  // The struct's own id is the next one.
  const auto id = t.b.add_ptr(0) + 1;
  const auto self = t.b.add_struct("self", 8, {{"x", id, 0}, {"y", id, 0}});
  ASSERT_EQ(self, id);
  expect_error(t.try_schema(self), ErrorKind::bad_input, "contains itself");
  // Through an array, and through another struct.
  const auto a = t.b.add_ptr(0) + 2;
  t.b.add_array(a, 1, t.u32);
  EXPECT_EQ(t.b.add_struct("a", 8, {{"x", a - 1, 0}}), a);
  expect_error(t.try_schema(a), ErrorKind::bad_input, "contains itself");
}

TEST(RecordSchemaHostile, TreesOfUnionsAreBounded) {
  Types t;
  auto type = t.u32;
  for (int i = 0; i < 30; ++i) type = t.b.add_union("", 4, {{"a", type, 0}, {"b", type, 0}});
  expect_error(t.try_schema(type), ErrorKind::unsupported, "more than 4096 fields");
  auto empty = t.b.add_struct("", 0, {});
  for (int i = 0; i < 30; ++i) empty = t.b.add_union("", 0, {{"a", empty, 0}, {"b", empty, 0}});
  expect_error(t.try_schema(empty), ErrorKind::unsupported, "more than 16384 members");
  auto deep = t.u32;
  for (int i = 0; i < 100; ++i) deep = t.b.add_struct("", 4, {{"a", deep, 0}});
  expect_error(t.try_schema(deep), ErrorKind::unsupported, "nested more than 32 deep");
}

TEST(RecordSchemaHostile, LargeArraysAreOneColumn) {
  Types t;
  const auto large = t.b.add_struct("s", 400000, {{"a", t.array(t.u32, 100000), 0}});
  EXPECT_EQ(t.schema(large).columns.size(), 1U);
  std::vector<BtfBuilder::Member> many;
  std::vector<std::string> labels;
  for (int i = 0; i < 100; ++i) labels.push_back("m" + std::to_string(i));
  for (const auto& label : labels) many.push_back({label, t.array(t.u32, 100000), 0});
  const auto lots = t.b.add_struct("s", 400000, many);
  expect_error(t.try_schema(lots), ErrorKind::unsupported, "more than 4194304 values");
  const auto four_gib = t.array(t.u8, UINT32_MAX);
  expect_error(t.try_schema(t.b.add_struct("s", UINT32_MAX, {{"a", four_gib, 0}})),
               ErrorKind::unsupported, "values at 'a'");
  const auto nested = t.array(t.array(t.array(t.u8, 2000), 2000), 1000);
  expect_error(t.try_schema(t.b.add_struct("s", UINT32_MAX, {{"a", nested, 0}})),
               ErrorKind::unsupported, "values at 'a'");
}

TEST(RecordSchemaHostile, ManyDimensionsEndInBytes) {
  Types t;
  auto type = t.u32;
  for (int i = 0; i < 40; ++i) type = t.array(type, 1);
  const auto schema = t.of(type, 4);
  ASSERT_EQ(schema.columns.size(), 1U);
  EXPECT_EQ(schema.columns[0].meaning, Meaning::bytes);
  EXPECT_EQ(schema.columns[0].size, 4U);
}

TEST(RecordSchemaHostile, FieldsBeyondTheLimit) {
  Types t;
  std::vector<BtfBuilder::Member> members;
  for (int i = 0; i < 5000; ++i) members.push_back({"a", t.u8, 0});
  expect_error(t.try_schema(t.b.add_struct("s", 1, members)), ErrorKind::unsupported, "4096");
  members.resize(4000);
  const auto schema = t.schema(1, members);
  EXPECT_EQ(schema.columns.back().name, "a_4000");
}

}  // namespace
}  // namespace skep::record
