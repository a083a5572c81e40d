// btf/: types as data and back to bytes.
#include "btf/encode.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "btf/data.hpp"
#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;

// Every kind, with every bit that BTF has for it.
BtfBuilder all_kinds() {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4, BtfBuilder::signed_);
  b.add_int("odd", 4, BtfBuilder::bool_, 3);
  b.add_raw(b.string("shifted"), BtfBuilder::info(Kind::int_), 4, {2U << 24 | 5U << 16 | 9});
  const auto flags = b.add_struct("flags", 8, {{"a", i32, 0, 3}, {"b", i32, 3, 29}, {"", i32, 32}});
  b.add_union("either", 8, {{"f", flags}, {"n", i32}});
  b.add_enum("colour", 4, {{"red", 0}, {"blue", -1}}, true);
  b.add_enum("tiny", 1, {{"one", 1}, {"many", 0x80}});
  b.add_enum("later", 0, {});
  b.add_enum64("wide", 8, {{"top", std::numeric_limits<std::int64_t>::min()}, {"low", 3}}, true);
  b.add_ptr(b.add_const(b.add_volatile(b.add_restrict(i32))));
  b.add_array(i32, 7, 2);
  const auto proto = b.add_func_proto(i32, {{"first", i32}, {"", 0}});
  b.add_func("go", proto, Linkage::extern_);
  const auto var = b.add_var("v", i32, Linkage::global);
  b.add_datasec(".data", 8, {{var, 4, 4}});
  b.add_typedef("number", i32);
  b.add_float("double", 8);
  b.add_decl_tag("note", flags, 1);
  b.add_decl_tag("whole", flags);
  b.add_type_tag("user", i32);
  b.add_fwd("there", true);
  b.add_fwd("here", false);
  return b;
}

// The record without its name, and all the names in it. (BtfBuilder lets a string be the end of
// another one: the same text may have another offset.)
std::string text_of(const Type& type) {
  std::string out = fmt::format("{} {} {} {} {} {}\n", name_of(type.kind()), type.name(),
                                type.kind_flag(), type.size(), type.target(), type.vlen());
  out += fmt::format("{} {} {} {} {} {} {} {} {}\n", type.is_signed(), type.is_char(),
                     type.is_bool(), type.int_bits(), type.int_bit_offset(), type.array_count(),
                     type.array_index(), static_cast<unsigned>(type.linkage()), type.component());
  for (const auto& one : type.members()) {
    out += fmt::format("{} {} {} {}\n", one.name, one.type, one.bit_offset, one.bit_size);
  }
  for (const auto& one : type.enumerators()) out += fmt::format("{} {}\n", one.name, one.value);
  for (const auto& one : type.parameters()) out += fmt::format("{} {}\n", one.name, one.type);
  for (const auto& one : type.variables()) {
    out += fmt::format("{} {} {}\n", one.type, one.offset, one.size);
  }
  return out;
}

TEST(BtfEncode, GivesBackEveryBit) {
  const Btf types = all_kinds().btf();
  Encoder encoder;
  for (TypeId id = 1; id < types.end_id(); ++id) {
    EXPECT_EQ(encoder.add(definition_of(types.type(id))), id);
  }
  const auto bytes = encoder.build();
  const Btf again = Btf::parse(bytes).value();
  ASSERT_EQ(again.end_id(), types.end_id());
  for (TypeId id = 1; id < types.end_id(); ++id) {
    EXPECT_EQ(text_of(again.type(id)), text_of(types.type(id))) << id;
  }
  // And from its own bytes come the same bytes.
  Encoder once_more{Strings(Access::data(again).strings)};
  for (TypeId id = 1; id < again.end_id(); ++id) once_more.add(definition_of(again.type(id)));
  EXPECT_EQ(once_more.build(), bytes);
}

TEST(BtfEncode, KeepsAStringSectionThatThereIs) {
  Strings strings(std::string_view("\0one\0two\0", 9));
  EXPECT_EQ(strings.offset_of("two"), 5U);
  EXPECT_EQ(strings.offset_of(""), 0U);
  EXPECT_EQ(strings.offset_of("three"), 9U);
  EXPECT_EQ(strings.offset_of("three"), 9U);
  EXPECT_EQ(strings.offset_of("wo"), 15U);
  EXPECT_EQ(strings.section(), std::string("\0one\0two\0three\0wo\0", 18));
}

TEST(BtfEncode, NothingIsASetToo) {
  const auto types = Btf::parse(Encoder().build());
  ASSERT_TRUE(types) << types.error().message();
  EXPECT_EQ(types->end_id(), 1U);
}

TEST(BtfEncode, EveryIdCanBeChanged) {
  const Btf types = all_kinds().btf();
  for (TypeId id = 1; id < types.end_id(); ++id) {
    Definition type = definition_of(types.type(id));
    type.for_each_id([](TypeId& other) { other = 0; });
    Encoder encoder;
    encoder.add(type);
    // With nothing else in the set, any reference left would lead out of it.
    const auto alone = Btf::parse(encoder.build());
    EXPECT_TRUE(alone) << alone.error().message();
  }
}

}  // namespace
}  // namespace skep::btf
