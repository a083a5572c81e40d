// Whether a C++ type reads what a BTF type wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "btf/layout_check.hpp"
#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

enum class Colour : std::uint32_t { red };

struct Point {
  std::int32_t x, y;
};
SKEP_FIELDS(Point, x, y)

struct Event {
  std::uint64_t bytes;
  std::int32_t error;
  Colour colour;
  char comm[16];
  std::array<Point, 2> line;
};
SKEP_FIELDS(Event, bytes, error, colour, comm, line)

struct Untold {
  std::uint32_t a, b;
};

static_assert(layout::shape_of<Event>.fields.size() == 5);
static_assert(layout::shape_of<char[16]>.kind == layout::Kind::bytes);
static_assert(layout::shape_of<Untold>.kind == layout::Kind::bytes);

// The types of an object, and one of them.
struct There {
  BtfBuilder b;
  BtfBuilder::Id u64 = b.add_int("unsigned long long", 8);
  BtfBuilder::Id u32 = b.add_int("unsigned int", 4);
  BtfBuilder::Id s32 = b.add_int("int", 4, BtfBuilder::signed_);
  BtfBuilder::Id u16 = b.add_int("unsigned short", 2);
  BtfBuilder::Id letter = b.add_int("char", 1, BtfBuilder::signed_);
  BtfBuilder::Id be32 = b.add_typedef("__be32", u32);

  // struct event { bytes; error; colour; comm; line[2] }
  TypeId event(TypeId error, std::uint32_t x = 0, std::uint32_t y = 32) {
    const auto point = b.add_struct("point", 8, {{"x", s32, x}, {"y", s32, y}});
    const auto comm = b.add_array(letter, 16, u32), line = b.add_array(point, 2, u32);
    return b.add_struct("event", 48,
                        {{"bytes", u64, 0},
                         {"error", error, 64},
                         {"colour", u32, 96},
                         {"comm", comm, 128},
                         {"line", line, 256}});
  }
};

template <typename T>
std::string wrong(There& there, TypeId id) {
  const auto types = Btf::parse(there.b.build()).value();
  return misfit(layout::shape_of<T>, types, id).value_or("");
}

TEST(Layout, FitsWhatIsTheSame) {
  There there;
  EXPECT_EQ(wrong<Event>(there, there.event(there.s32)), "");
}

TEST(Layout, NumbersHaveASizeAndASign) {
  There there;
  const TypeId event = there.event(there.u32);
  EXPECT_EQ(
      wrong<Event>(there, event),
      "field 'error' (signed, 4 bytes at byte 8): there the object has 'unsigned int' (4 bytes "
      "at 8)");
  EXPECT_EQ(wrong<std::uint32_t>(there, there.be32), "");
  EXPECT_THAT(wrong<std::int32_t>(there, there.be32), HasSubstr("the value (signed"));
  EXPECT_EQ(wrong<Colour>(there, there.s32), "") << "of an enum nobody knows the sign";
  EXPECT_EQ(wrong<char>(there, there.letter), "");
  EXPECT_THAT(wrong<float>(there, there.u32), HasSubstr("floating"));
  EXPECT_THAT(wrong<std::uint64_t>(there, there.b.add_array(there.u32, 2, there.u32)),
              HasSubstr("'unsigned int' (4 bytes at 0)"));
}

TEST(Layout, NamesThatBothKnowAreAtOnePlace) {
  There there;
  const TypeId event = there.event(there.s32, 32, 0);
  EXPECT_EQ(wrong<Event>(there, event),
            "field 'line[0].x' is at byte 32, in the object at byte 36");
}

TEST(Layout, OfAUnionOneMemberIsEnough) {
  There there;
  const auto pair = there.b.add_struct("", 4, {{"low", there.u16, 0}, {"high", there.u16, 16}});
  const auto any = there.b.add_union("any", 4, {{"pair", pair, 0}, {"word", there.u32, 0}});
  EXPECT_EQ(wrong<std::uint32_t>(there, any), "");
  EXPECT_EQ((wrong<std::array<std::uint16_t, 2>>(there, any)), "");
  EXPECT_NE(wrong<std::int32_t>(there, any), "");
}

TEST(Layout, PaddingHasNothing) {
  There there;
  const auto loose = there.b.add_struct("loose", 16, {{"a", there.u32, 0}, {"b", there.u64, 64}});
  EXPECT_EQ((wrong<std::array<std::uint32_t, 4>>(there, loose)),
            "field '[1]' (4 bytes at byte 4): there 'struct loose' of the object has nothing");
}

TEST(Layout, WhatIsNotToldFitsByItsSize) {
  There there;
  EXPECT_EQ(wrong<Untold>(there, there.u64), "");
  EXPECT_EQ((wrong<std::array<std::uint8_t, 8>>(there, there.u64)), "");
}

TEST(Layout, TypesThatShareTheirPartsDoNotTakeForEver) {
  There there;
  TypeId type = there.u32;
  for (int i = 0; i < 30; ++i) {
    type = there.b.add_union("u", 4, {{"a", type, 0}, {"b", type, 0}});
  }
  // 2^30 ways, none of which fits.
  EXPECT_THAT(wrong<std::int32_t>(there, type), HasSubstr("'unsigned int' (4 bytes at 0)"));
}

}  // namespace
}  // namespace skep::btf
