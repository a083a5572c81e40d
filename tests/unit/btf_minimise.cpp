// btf/: the part of a set of types that somebody asks for.
#include "btf/minimise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/btf_builder.hpp"
#include "unit/btf_walk.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::ElementsAre;

struct Fixture {
  BtfBuilder b;
  TypeId number = b.add_int("int", 4, BtfBuilder::signed_);
  TypeId unused = b.add_struct("unused", 4, {{"x", number}});
  TypeId inner = b.add_struct("inner", 8, {{"low", number}, {"high", number, 32}});
  TypeId pointer = b.add_ptr(inner);
  TypeId colour = b.add_enum("colour", 4, {{"red", 0}, {"green", 1}, {"blue", 2}});
  TypeId coloured = b.add_ptr(colour);
  TypeId outer = b.add_struct(
      "outer", 40, {{"a", number}, {"in", inner, 32}, {"p", pointer, 128}, {"c", coloured, 192}});
  TypeId name = b.add_typedef("outer_t", outer);
  Btf types = b.btf();
};

Btf built(const Selection& selection) {
  auto types = Btf::parse(selection.build());
  EXPECT_TRUE(types) << types.error().message();
  if (!types) return {};
  EXPECT_GT(test::walk(*types), 0U);
  return *std::move(types);
}

std::vector<std::string> members_of(const Btf& types, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& member : types.find(name, Kind::struct_)->members()) {
    out.emplace_back(member.name);
  }
  return out;
}

TEST(BtfMinimise, ATypeBringsWhatItRefersToButNoMembers) {
  const Fixture f;
  Selection selection(f.types);
  selection.add(f.name);
  const Btf types = built(selection);
  EXPECT_EQ(types.end_id(), 3U);
  const auto outer = types.strip(types.find("outer_t", Kind::typedef_)->id());
  EXPECT_EQ(outer.name(), "outer");
  EXPECT_EQ(outer.size(), 40U);
  EXPECT_EQ(outer.vlen(), 0U);
}

TEST(BtfMinimise, AMemberKeepsItsPlaceAndType) {
  const Fixture f;
  Selection selection(f.types);
  selection.add_part(f.outer, 2);
  selection.add_part(f.inner, 1);
  const Btf types = built(selection);
  EXPECT_THAT(members_of(types, "outer"), ElementsAre("p"));
  EXPECT_THAT(members_of(types, "inner"), ElementsAre("high"));
  const auto member = types.find("outer", Kind::struct_)->member(0);
  EXPECT_EQ(member.bit_offset, 128U);
  EXPECT_EQ(types.c_name(member.type), "struct inner *");
  EXPECT_FALSE(types.find("unused", Kind::struct_));
  EXPECT_FALSE(types.find("colour", Kind::enum_));
}

TEST(BtfMinimise, OnlyTheEnumeratorsAskedFor) {
  const Fixture f;
  Selection selection(f.types);
  selection.add_part(f.colour, 1);
  const Btf types = built(selection);
  const auto colour = *types.find("colour", Kind::enum_);
  ASSERT_EQ(colour.vlen(), 1U);
  EXPECT_EQ(colour.enumerator(0).name, "green");
  EXPECT_EQ(colour.enumerator(0).value, 1U);
}

TEST(BtfMinimise, AllOfATypeIsWhatAComparisonLooksAt) {
  const Fixture f;
  Selection selection(f.types);
  selection.add_whole(f.name);
  const Btf types = built(selection);
  EXPECT_THAT(members_of(types, "outer"), ElementsAre("a", "in", "p", "c"));
  EXPECT_THAT(members_of(types, "inner"), ElementsAre("low", "high"));  // embedded in outer
  EXPECT_EQ(types.find("colour", Kind::enum_)->vlen(), 3U);             // though behind a pointer
  EXPECT_FALSE(types.find("unused", Kind::struct_));
}

TEST(BtfMinimise, StructsBehindPointersAreNames) {
  BtfBuilder b;
  const auto number = b.add_int("int", 4);
  const auto far = b.add_struct("far", 4, {{"x", number}});
  const auto near = b.add_struct("near", 8, {{"far", b.add_ptr(far)}});
  const Btf types = b.btf();
  Selection selection(types);
  selection.add_whole(near);
  EXPECT_EQ(built(selection).find("far", Kind::struct_)->vlen(), 0U);
  selection.add_whole(far);  // asked for more later on
  EXPECT_EQ(built(selection).find("far", Kind::struct_)->vlen(), 1U);
}

TEST(BtfMinimise, IdsStayWhereSomebodyAsksForThem) {
  const Fixture f;
  Selection selection(f.types);
  selection.add(f.pointer);
  EXPECT_EQ(built(selection).find("inner", Kind::struct_)->id(), 1U);
  selection.keep_ids();
  const Btf types = built(selection);
  EXPECT_EQ(types.end_id(), f.pointer + 1);
  EXPECT_EQ(types.find("inner", Kind::struct_)->id(), f.inner);
  EXPECT_EQ(types.type(f.pointer).target(), f.inner);
}

TEST(BtfMinimise, AnInnerArrayWithoutLengthDoesNotBecomeTheLastMember) {
  BtfBuilder b;
  const auto number = b.add_int("int", 4);
  const auto none = b.add_array(number, 0, number);
  const auto mark = b.add_struct("mark", 4, {{"start", none}, {"x", number}, {"end", none, 32}});
  const Btf types = b.btf();
  Selection selection(types);
  selection.add_part(mark, 0);
  EXPECT_THAT(members_of(built(selection), "mark"), ElementsAre("start", "end"));
}

TEST(BtfMinimise, RoundsComeToAnEnd) {
  BtfBuilder b;
  const auto list = b.add_struct("list", 16, {{"next", 2}, {"previous", 2, 64}});
  b.add_ptr(list);
  const Btf types = b.btf();
  Selection selection(types);
  selection.add_whole(list);
  EXPECT_EQ(built(selection).end_id(), 3U);
}

TEST(BtfMinimise, NothingAskedForIsNothing) {
  const Fixture f;
  EXPECT_EQ(built(Selection(f.types)).end_id(), 1U);
}

}  // namespace
}  // namespace skep::btf
