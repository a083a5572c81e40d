// Whether values of two types are the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "btf/compare.hpp"
#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;

struct Side {
  BtfBuilder b;
  BtfBuilder::Id number = b.add_int("unsigned int", 4);
  BtfBuilder::Id wide = b.add_int("unsigned long", 8);
  TypeId type = 0;  // the one to compare
};

std::string difference(Side& here, Side& there) {
  const auto ours = Btf::parse(here.b.build()).value();
  const auto theirs = Btf::parse(there.b.build()).value();
  return first_difference(ours, here.type, theirs, there.type).value_or("");
}

// struct outer { a; struct { x; } in; }
void make_outer(Side& side, const char* last = "x", std::uint32_t at = 32) {
  const auto in = side.b.add_struct("", 8, {{"first", side.number, 0}, {last, side.number, at}});
  side.type = side.b.add_struct("outer", 16, {{"a", side.wide, 0}, {"in", in, 64}});
}

TEST(BtfCompare, NamesOfTypesDoNotMatter) {
  Side here, there;
  make_outer(here);
  const auto other = there.b.add_typedef("u32", there.number);
  const auto in = there.b.add_struct("in", 8, {{"first", other, 0}, {"x", other, 32}});
  there.type = there.b.add_struct("another", 16, {{"a", there.wide, 0}, {"in", in, 64}});
  EXPECT_EQ(difference(here, there), "");
}

TEST(BtfCompare, TheMemberIsNamed) {
  Side here, there, moved, renamed, larger;
  make_outer(here);
  make_outer(renamed, "y");
  EXPECT_EQ(difference(here, renamed), "member 'y' there is 'in.x' here");
  make_outer(moved, "x", 0);
  EXPECT_EQ(difference(here, moved), "member 'in.x' is at bit 0 there, 32 here");
  there.type = there.b.add_struct("outer", 16, {{"a", there.wide, 0}});
  EXPECT_EQ(difference(here, there), "a value has 1 members there, 2 here");
  larger.type = larger.wide;
  here.type = here.number;
  EXPECT_EQ(difference(here, larger),
            "a value is 'unsigned long' there (8 bytes), 'unsigned int' here (4 bytes)");
}

TEST(BtfCompare, WhatANumberIs) {
  Side here, there;
  here.type = here.number;
  there.type = there.b.add_int("int", 4, BtfBuilder::signed_);
  EXPECT_NE(difference(here, there), "");
  Side choice;
  choice.type = choice.b.add_enum("choice", 4, {{"one", 1}});
  EXPECT_EQ(difference(here, choice), "");
}

// Every byte but 0 is a true bool to whoever reads it, and one of 256 numbers.
TEST(BtfCompare, ABoolIsNoNumber) {
  Side here, there;
  for (Side* side : {&here, &there}) {
    const auto byte = side == &here ? side->b.add_int("bool", 1, BtfBuilder::bool_)
                                    : side->b.add_int("unsigned char", 1);
    const auto in = side->b.add_struct("inner", 1, {{"ok", byte, 0}});
    side->type = side->b.add_struct("outer", 1, {{"in", in, 0}});
  }
  EXPECT_EQ(difference(here, there),
            "member 'in.ok' is 'unsigned char' there (1 bytes), 'bool' here (1 bytes)");
}

TEST(BtfCompare, ArraysByTheirElements) {
  Side here, there;
  here.type = here.b.add_array(here.number, 4, here.number);
  there.type = there.b.add_array(there.wide, 2, there.number);
  EXPECT_EQ(difference(here, there),
            "member '[]' is 'unsigned long' there (8 bytes), 'unsigned int' here (4 bytes)");
}

// Behind a pointer is something else.
TEST(BtfCompare, PointersAreAlike) {
  Side here, there;
  here.type = here.b.add_ptr(here.number);
  there.type = there.b.add_ptr(there.wide);
  EXPECT_EQ(difference(here, there), "");
}

}  // namespace
}  // namespace skep::btf
