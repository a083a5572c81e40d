#include "skep/btf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "unit/btf_builder.hpp"
#include "unit/btf_walk.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

std::string why(const std::vector<std::byte>& bytes, std::optional<Btf> base = std::nullopt) {
  const auto types = Btf::parse(bytes, std::move(base));
  if (types) return "accepted";
  EXPECT_EQ(types.error().kind(), ErrorKind::bad_input);
  return types.error().message();
}

TEST(Btf, ReadsEveryKind) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4, BtfBuilder::signed_);
  const auto flags =
      b.add_struct("flags", 8, {{"a", i32, 0, 3}, {"b", i32, 3, 29}, {"c", i32, 32}});
  const auto either = b.add_union("either", 8, {{"f", flags}, {"n", i32}});
  const auto colour = b.add_enum("colour", 4, {{"red", 0}, {"blue", -1}}, true);
  const auto wide = b.add_enum64("wide", 8, {{"top", std::numeric_limits<std::int64_t>::min()}});
  const auto list = b.add_array(i32, 7, i32);
  const auto proto = b.add_func_proto(i32, {{"first", i32}, {"", 0}});
  const auto func = b.add_func("go", proto, Linkage::static_);
  const auto var = b.add_var("v", i32, Linkage::extern_);
  const auto section = b.add_datasec(".data", 4, {{var, 0, 4}});
  const auto tag = b.add_decl_tag("note", flags, 1);
  const auto fwd = b.add_fwd("later", true);
  const Btf types = b.btf();

  EXPECT_EQ(types.end_id(), fwd + 1);
  EXPECT_TRUE(types.type(0).is(Kind::void_));
  EXPECT_EQ(types.type(i32).name(), "int");
  EXPECT_EQ(types.type(i32).size(), 4U);
  EXPECT_EQ(types.type(i32).int_bits(), 32U);
  EXPECT_TRUE(types.type(i32).is_signed());
  EXPECT_FALSE(types.type(i32).is_bool());

  const auto members = types.type(flags).members();
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[1].name, "b");
  EXPECT_EQ(members[1].bit_offset, 3U);
  EXPECT_EQ(members[1].bit_size, 29U);
  EXPECT_EQ(members[2].bit_offset, 32U);
  EXPECT_EQ(members[2].bit_size, 0U);
  EXPECT_TRUE(types.type(either).is_composite());

  EXPECT_EQ(types.type(colour).enumerator(1).value, ~std::uint64_t{0});
  EXPECT_EQ(types.type(wide).enumerator(0).value, std::uint64_t{1} << 63);
  EXPECT_FALSE(types.type(wide).is_signed());
  EXPECT_EQ(types.type(list).array_count(), 7U);
  EXPECT_EQ(types.type(list).target(), i32);
  EXPECT_EQ(types.type(list).array_index(), i32);
  EXPECT_EQ(types.type(proto).vlen(), 2U);
  EXPECT_EQ(types.type(proto).parameter(0).name, "first");
  EXPECT_EQ(types.type(func).target(), proto);
  EXPECT_EQ(types.type(func).linkage(), Linkage::static_);
  EXPECT_EQ(types.type(func).vlen(), 0U);
  EXPECT_EQ(types.type(var).linkage(), Linkage::extern_);
  EXPECT_EQ(types.type(section).variable(0).type, var);
  EXPECT_EQ(types.type(section).variable(0).size, 4U);
  EXPECT_EQ(types.type(tag).component(), 1);
  EXPECT_TRUE(types.type(fwd).kind_flag());
}

TEST(Btf, AnswersForOtherKindsAreEmpty) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  const Btf types = b.btf();
  const auto type = types.type(i32);
  EXPECT_TRUE(type.members().empty());
  EXPECT_TRUE(type.enumerators().empty());
  EXPECT_TRUE(type.parameters().empty());
  EXPECT_TRUE(type.variables().empty());
  EXPECT_EQ(type.target(), 0U);
  EXPECT_EQ(type.array_count(), 0U);
  EXPECT_EQ(types.type(0).size(), 0U);
  EXPECT_EQ(types.type(0).name(), "");
  EXPECT_EQ(Btf().end_id(), 1U);
}

TEST(Btf, AnEnumMayBeOnlyDeclared) {
  BtfBuilder b;
  const auto later = b.add_enum("later", 0, {});
  const auto pointer = b.add_ptr(later);
  const Btf types = b.btf();
  EXPECT_EQ(types.c_name(pointer), "enum later *");
  EXPECT_EQ(types.size_of(pointer).value(), 8U);
  EXPECT_THAT(types.size_of(later).error().message(), HasSubstr("only declared"));
  EXPECT_FALSE(types.align_of(later));
}

TEST(Btf, FindsByNameAndKind) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  const auto tag = b.add_struct("event", 4, {{"x", i32}});
  const auto name = b.add_typedef("event", tag);
  b.add_struct("event", 4, {{"y", i32}});
  const auto longer = b.add_struct("event_more", 4, {});
  const Btf types = b.btf();
  EXPECT_EQ(types.find("event", Kind::struct_)->id(), tag);
  EXPECT_EQ(types.find("event", Kind::typedef_)->id(), name);
  EXPECT_EQ(types.find("event_more", Kind::struct_)->id(), longer);
  EXPECT_FALSE(types.find("event_", Kind::struct_));
  EXPECT_FALSE(types.find("even", Kind::struct_));
  EXPECT_FALSE(types.find("event", Kind::union_));
}

TEST(Btf, ViewsOutliveTheCopyTheyCameFrom) {
  const auto make = [] {
    BtfBuilder b;
    b.add_int("int", 4);
    return b.btf();
  };
  Btf kept = make();
  const auto type = Btf(kept).type(1);
  EXPECT_EQ(type.name(), "int");
  const Btf moved = std::move(kept);
  EXPECT_EQ(type.name(), "int");
  EXPECT_EQ(moved.end_id(), 2U);
}

TEST(Btf, SplitContinuesItsBase) {
  BtfBuilder base;
  const auto i32 = base.add_int("int", 4);
  auto split = BtfBuilder::split_on(base);
  const auto pair = split.add_struct("pair", 8, {{"a", i32, 0}, {"b", i32, 32}});
  const auto pointer = split.add_ptr(pair);
  const Btf kernel = base.btf();
  const Btf module = split.btf(kernel);
  EXPECT_EQ(module.first_id(), i32 + 1);
  EXPECT_EQ(module.end_id(), pointer + 1);
  EXPECT_EQ(module.type(i32).name(), "int");
  EXPECT_EQ(module.type(pair).name(), "pair");
  EXPECT_EQ(module.type(pair).member(1).name, "b");
  EXPECT_EQ(module.find("int", Kind::int_)->id(), i32);
  EXPECT_EQ(module.find("pair", Kind::struct_)->id(), pair);
  EXPECT_EQ(module.c_name(pointer), "struct pair *");
  EXPECT_EQ(module.size_of(pair).value(), 8U);
  EXPECT_FALSE(kernel.contains(pair));
  EXPECT_THAT(why(split.build()), HasSubstr("first string is not empty"));  // without its base
  // A third one on top.
  auto third = BtfBuilder::split_on(split);
  const auto name = third.add_typedef("pair_t", pair);
  EXPECT_EQ(third.btf(module).c_name(name), "pair_t");
  EXPECT_EQ(third.btf(module).strip(name).name(), "pair");
}

TEST(Btf, KnowsSizesAndAlignments) {
  BtfBuilder b;
  const auto u8 = b.add_int("u8", 1), u32 = b.add_int("u32", 4), u64 = b.add_int("u64", 8);
  const auto big = b.add_int("__int128", 16);
  const auto real = b.add_float("double", 8);
  const auto pointer = b.add_ptr(0);
  const auto rows = b.add_array(b.add_array(u32, 3), 5);
  const auto natural = b.add_struct("n", 16, {{"a", u8, 0}, {"b", u64, 64}});
  const auto packed = b.add_struct("p", 9, {{"a", u8, 0}, {"b", u64, 8}});
  const auto odd = b.add_struct("o", 6, {{"a", u32, 0}, {"b", u8, 32}});
  const auto outer = b.add_struct("x", 32, {{"a", packed, 0}, {"b", natural, 128}});
  const auto name = b.add_typedef("t", b.add_const(b.add_volatile(outer)));
  const auto var = b.add_var("v", name);
  const auto fwd = b.add_fwd("f");
  const auto proto = b.add_func_proto(0);
  const Btf types = b.btf();
  const auto size = [&](TypeId id) { return types.size_of(id).value_or(0); };
  const auto align = [&](TypeId id) { return types.align_of(id).value_or(0); };
  EXPECT_EQ(size(pointer), 8U);
  EXPECT_EQ(size(rows), 60U);
  EXPECT_EQ(size(name), 32U);
  EXPECT_EQ(size(var), 32U);
  EXPECT_EQ(align(rows), 4U);
  EXPECT_EQ(align(big), 16U);
  EXPECT_EQ(align(real), 8U);
  EXPECT_EQ(align(natural), 8U);
  EXPECT_EQ(align(packed), 1U);
  EXPECT_EQ(align(odd), 1U);
  EXPECT_EQ(align(name), 8U);
  for (const auto id : {TypeId{0}, fwd, proto, TypeId{9999}}) {
    EXPECT_FALSE(types.size_of(id)) << id;
    EXPECT_FALSE(types.align_of(id)) << id;
  }
  EXPECT_THAT(types.size_of(fwd).error().message(), HasSubstr("fwd 'f'"));
}

TEST(Btf, NamesTypesAsCDoes) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4), character = b.add_int("char", 1);
  const auto text = b.add_ptr(b.add_const(character));
  const auto texts = b.add_array(text, 4);
  const auto event = b.add_struct("event", 4, {{"x", i32}});
  const auto anonymous = b.add_struct("", 4, {{"x", i32}});
  const auto name = b.add_typedef("u32", i32);
  const auto proto = b.add_func_proto(i32, {{"s", text}, {"", 0}});
  const auto callback = b.add_ptr(proto);
  const auto callbacks = b.add_array(callback, 2);
  const auto rows = b.add_ptr(b.add_array(b.add_array(i32, 3), 5));
  const auto fixed = b.add_const(b.add_ptr(b.add_volatile(event)));
  const auto func = b.add_func("go", proto);
  const Btf types = b.btf();
  EXPECT_EQ(types.c_name(0), "void");
  EXPECT_EQ(types.c_name(texts), "const char *[4]");
  EXPECT_EQ(types.c_name(event), "struct event");
  EXPECT_EQ(types.c_name(anonymous), "struct {...}");
  EXPECT_EQ(types.c_name(name), "u32");
  EXPECT_EQ(types.c_name(callback), "int (*)(const char *s, ...)");
  EXPECT_EQ(types.c_name(callbacks), "int (*[2])(const char *s, ...)");
  EXPECT_EQ(types.c_name(rows), "int (*)[5][3]");
  EXPECT_EQ(types.c_name(fixed), "volatile struct event *const");
  EXPECT_EQ(types.c_name(func), "int go(const char *s, ...)");
}

}  // namespace
}  // namespace skep::btf
