// The CO-RE engine, asked directly: local and target types made by hand.
#include "object/core.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "btf/ext.hpp"
#include "object/core_path.hpp"
#include "object/link.hpp"
#include "unit/btf_builder.hpp"

namespace skep::object {
namespace {

using btf::CoreKind;
using test::BtfBuilder;
using testing::HasSubstr;
using Id = BtfBuilder::Id;

// Two sets of types and questions about them.
struct World {
  BtfBuilder local, target;

  Result<CoreAnswer> ask(CoreKind kind, Id type, std::string_view access = "0") {
    CoreRelocation relocation{0, type, local.string(access), static_cast<std::uint32_t>(kind)};
    const auto local_types = local.btf();
    const auto target_types = target.btf();
    CoreEngine engine(local_types, &target_types);
    return engine.answer(relocation);
  }
  // The number, or nothing for a poisoned instruction.
  std::optional<std::uint64_t> value(CoreKind kind, Id type, std::string_view access = "0") {
    auto answer = ask(kind, type, access);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? answer->value : std::nullopt;
  }
  std::string why(CoreKind kind, Id type, std::string_view access = "0") {
    const auto answer = ask(kind, type, access);
    return answer ? "accepted" : answer.error().message();
  }
};

TEST(CoreNames, EndAtTheLastTripleUnderscore) {
  EXPECT_EQ(essential_name("task_struct"), "task_struct");
  EXPECT_EQ(essential_name("task_struct___old"), "task_struct");
  EXPECT_EQ(essential_name("a___b___c"), "a___b");
  EXPECT_EQ(essential_name("a____b"), "a____b");
  EXPECT_EQ(essential_name("___b"), "___b");
  EXPECT_EQ(essential_name("a___"), "a___");
  EXPECT_EQ(essential_name(""), "");
}

// struct s { int a; struct { int b; union { int c; long d; }; }; int e[4]; int bits:3; }
struct Fields : World {
  Id integer, long_, s;

  Fields() {
    integer = local.add_int("int", 4, BtfBuilder::signed_);
    long_ = local.add_int("long", 8, BtfBuilder::signed_);
    const auto inner_union = local.add_union("", 8, {{"c", integer, 0}, {"d", long_, 0}});
    const auto inner = local.add_struct("", 16, {{"b", integer, 0}, {"", inner_union, 64}});
    const auto array = local.add_array(integer, 4, integer);
    s = local.add_struct(
        "s", 48, {{"a", integer, 0}, {"", inner, 64}, {"e", array, 192}, {"f", integer, 320}});
  }
  // Only "e" and "c", elsewhere, and not in anonymous parts; "c" is unsigned, "e" longer.
  void make_target(std::string_view name = "s") {
    const auto number = target.add_int("unsigned int", 4);
    const auto array = target.add_array(number, 10, number);
    target.add_struct(name, 64, {{"c", number, 96}, {"e", array, 128}});
  }
};

TEST(CoreField, IsFoundByNameWhereverItIs) {
  Fields world;
  world.make_target();
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "0:1:1:0"), 12U);
  EXPECT_EQ(world.value(CoreKind::field_byte_size, world.s, "0:1:1:0"), 4U);
  EXPECT_EQ(world.value(CoreKind::field_exists, world.s, "0:1:1:0"), 1U);
  EXPECT_EQ(world.value(CoreKind::field_signed, world.s, "0:1:1:0"), 0U);
  EXPECT_EQ(world.value(CoreKind::field_left_shift, world.s, "0:1:1:0"), 32U);
  EXPECT_EQ(world.value(CoreKind::field_right_shift, world.s, "0:1:1:0"), 32U);
  const auto answer = world.ask(CoreKind::field_byte_offset, world.s, "0:1:1:0").value();
  EXPECT_EQ(answer.local_value, 16U);
  EXPECT_EQ(answer.local.text(), "struct s.c (0:1:1:0 @ offset 16)");
  EXPECT_EQ(answer.target.text(), "struct s.c (0:0 @ offset 12)");
}

TEST(CoreField, MayBeAnElement) {
  Fields world;
  world.make_target();
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "0:2:3"), 28U);
  EXPECT_EQ(world.value(CoreKind::field_byte_size, world.s, "0:2:3"), 4U);
  EXPECT_EQ(world.value(CoreKind::field_byte_size, world.s, "0:2"), 40U);
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "2:2:3"), 2 * 64 + 28U);
  EXPECT_THAT(world.why(CoreKind::field_signed, world.s, "0:2:3"), HasSubstr("array element"));
}

// The anonymous part comes first and does not have it: its offset must not count.
TEST(CoreField, IsFoundBehindAnonymousParts) {
  Fields world;
  const auto number = world.target.add_int("int", 4);
  const auto inner = world.target.add_struct("", 8, {{"x", number, 0}, {"y", number, 32}});
  world.target.add_struct("s", 32, {{"n", number, 0}, {"", inner, 64}, {"a", number, 192}});
  const auto answer = world.ask(CoreKind::field_byte_offset, world.s, "0:0").value();
  EXPECT_EQ(answer.value, 24U);
  EXPECT_EQ(answer.target.text(), "struct s.a (0:2 @ offset 24)");
}

TEST(CoreField, MayBeAbsent) {
  Fields world;
  world.make_target();
  EXPECT_EQ(world.value(CoreKind::field_exists, world.s, "0:0"), 0U);
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "0:0"), std::nullopt);
  EXPECT_EQ(world.value(CoreKind::field_byte_size, world.s, "0:1:1:1"), std::nullopt);
  EXPECT_EQ(world.ask(CoreKind::field_byte_offset, world.s, "0:0")->target.text(), "");
}

TEST(CoreField, IsAbsentFromAKernelWithoutTheType) {
  Fields world;
  world.make_target("t");
  EXPECT_EQ(world.value(CoreKind::field_exists, world.s, "0:2"), 0U);
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "0:2"), std::nullopt);
}

TEST(CoreField, IsAbsentWithAnotherKindOfType) {
  Fields world;
  const auto pointer = world.target.add_ptr(0);
  const auto number = world.target.add_int("int", 4);
  world.target.add_struct("s", 16, {{"a", pointer, 0}, {"e", number, 64}});
  EXPECT_EQ(world.value(CoreKind::field_exists, world.s, "0:0"), 0U);
  EXPECT_EQ(world.value(CoreKind::field_exists, world.s, "0:2:1"), 0U);
}

TEST(CoreField, IgnoresQualifiersAndTypedefs) {
  Fields world;
  const auto number = world.target.add_int("int", 4);
  const auto alias = world.target.add_typedef("pid_t", world.target.add_const(number));
  world.target.add_struct("s", 16, {{"a", alias, 64}});
  const auto also = world.local.add_typedef("s_t", world.local.add_volatile(world.s));
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, world.s, "0:0"), 8U);
  // A typedef is looked for under its own name.
  EXPECT_EQ(world.value(CoreKind::field_exists, also, "0:0"), 0U);
}

TEST(CoreField, RefusesPathsThatAreNone) {
  Fields world;
  world.make_target();
  const auto why = [&](std::string_view access) {
    return world.why(CoreKind::field_byte_offset, world.s, access);
  };
  EXPECT_THAT(why(""), HasSubstr("malformed"));
  EXPECT_THAT(why("0:"), HasSubstr("malformed"));
  EXPECT_THAT(why(":0"), HasSubstr("malformed"));
  EXPECT_THAT(why("0:-1"), HasSubstr("malformed"));
  EXPECT_THAT(why("0:x"), HasSubstr("malformed"));
  EXPECT_THAT(why("0:99999999999"), HasSubstr("malformed"));
  EXPECT_THAT(why("0:4"), HasSubstr("member 4 of struct s, which has 4"));
  EXPECT_THAT(why("0:2:4"), HasSubstr("element 4"));
  EXPECT_THAT(why("0:0:0"), HasSubstr("no parts"));
  std::string long_path = "0";
  for (int i = 0; i < 64; ++i) long_path += ":0";
  EXPECT_THAT(why(long_path), HasSubstr("more than 64 steps"));
  EXPECT_THAT(world.why(CoreKind::field_byte_offset, 999, "0:0"), HasSubstr("does not exist"));
  EXPECT_THAT(world.why(CoreKind::field_byte_offset, world.integer, "0:0"), HasSubstr("no parts"));
  EXPECT_THAT(world.why(static_cast<CoreKind>(13), world.s, "0:0"), HasSubstr("kind 13"));
}

// An array of no length at the end has every element, whatever its length is on the other side.
TEST(CoreField, FollowsFlexibleArrays) {
  World world;
  const auto a = world.local.add_int("int", 4);
  const auto open = world.local.add_array(a, 0, a);
  const auto s = world.local.add_struct("s", 4, {{"n", a, 0}, {"tail", open, 32}});
  const auto b = world.target.add_int("int", 4);
  const auto fixed = world.target.add_array(b, 3, b);
  world.target.add_struct("s", 20, {{"n", b, 32}, {"tail", fixed, 64}});
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, s, "0:1:2"), 16U);
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, s, "0:1:3"), std::nullopt);
  World opened;  // the other way round
  const auto d = opened.local.add_int("int", 4);
  const auto five = opened.local.add_array(d, 5, d);
  const auto u = opened.local.add_struct("u", 20, {{"tail", five, 0}});
  const auto e = opened.target.add_int("int", 4);
  const auto no_length = opened.target.add_array(e, 0, e);
  opened.target.add_struct("u", 8, {{"n", e, 0}, {"tail", no_length, 64}});
  EXPECT_EQ(opened.value(CoreKind::field_byte_offset, u, "0:0:4"), 24U);
  World closed;  // not at the end: no flexible array
  const auto c = closed.local.add_int("int", 4);
  const auto none = closed.local.add_array(c, 0, c);
  const auto t = closed.local.add_struct("t", 4, {{"tail", none, 0}, {"n", c, 0}});
  EXPECT_THAT(closed.why(CoreKind::field_byte_offset, t, "0:0:0"), HasSubstr("element 0"));
}

TEST(CoreField, ReadsBitFieldsWithTheSmallestLoad) {
  World world;
  const auto a = world.local.add_int("unsigned int", 4);
  const auto s = world.local.add_struct("s", 4, {{"bits", a, 0, 5}});
  const auto byte = world.target.add_int("unsigned char", 1);
  world.target.add_struct("s", 16, {{"x", byte, 0, 4}, {"bits", byte, 37, 5}});
  // Bits 37 to 41: no byte holds them, no 16-bit word at bit 32 … 47 but that one.
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, s, "0:0"), 4U);
  EXPECT_EQ(world.value(CoreKind::field_byte_size, s, "0:0"), 2U);
  EXPECT_EQ(world.value(CoreKind::field_left_shift, s, "0:0"), 64U - (37 + 5 - 32));
  EXPECT_EQ(world.value(CoreKind::field_right_shift, s, "0:0"), 64U - 5);
  // The compiler may have thought otherwise.
  EXPECT_FALSE(world.ask(CoreKind::field_byte_offset, s, "0:0")->local_value);
  EXPECT_TRUE(world.ask(CoreKind::field_right_shift, s, "0:0")->local_value);
}

TEST(CoreField, RefusesBitFieldsThatNoLoadHolds) {
  World world;
  const auto a = world.local.add_int("unsigned long", 8);
  const auto s = world.local.add_struct("s", 8, {{"bits", a, 0, 60}});
  const auto b = world.target.add_int("unsigned long", 8);
  world.target.add_struct("s", 16, {{"bits", b, 30, 60}});
  EXPECT_THAT(world.why(CoreKind::field_byte_offset, s, "0:0"), HasSubstr("no 64-bit load"));
}

TEST(CoreField, MayBeResizedWhereTheValueStays) {
  const auto resized = [](std::uint32_t local_encoding, std::uint32_t target_encoding) {
    World world;
    const auto a = world.local.add_int("a", 4, local_encoding);
    const auto s = world.local.add_struct("s", 4, {{"x", a, 0}});
    const auto b = world.target.add_int("b", 8, target_encoding);
    world.target.add_struct("s", 8, {{"x", b, 0}});
    const auto answer = world.ask(CoreKind::field_byte_offset, s, "0:0").value();
    EXPECT_EQ(answer.local_size, 4U);
    EXPECT_EQ(answer.target_size, 8U);
    return !answer.fail_on_local_size_mismatch;
  };
  EXPECT_TRUE(resized(BtfBuilder::plain, BtfBuilder::plain));
  EXPECT_TRUE(resized(BtfBuilder::bool_, BtfBuilder::char_));
  EXPECT_FALSE(resized(BtfBuilder::signed_, BtfBuilder::plain));
  EXPECT_FALSE(resized(BtfBuilder::plain, BtfBuilder::signed_));
}

TEST(CoreCandidates, AreFlavoursOfOneName) {
  World world;
  const auto a = world.local.add_int("int", 4);
  const auto s = world.local.add_struct("s___mine", 4, {{"x", a, 0}});
  const auto b = world.target.add_int("int", 4);
  world.target.add_struct("s___2", 8, {{"x", b, 32}});
  world.target.add_union("s", 8, {{"x", b, 64}});  // another kind
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, s, "0:0"), 4U);
}

TEST(CoreCandidates, MustAgree) {
  World world;
  const auto a = world.local.add_int("int", 4);
  const auto s = world.local.add_struct("s", 8, {{"x", a, 0}, {"y", a, 32}});
  const auto b = world.target.add_int("int", 4);
  world.target.add_struct("s", 8, {{"x", b, 0}, {"y", b, 32}});
  world.target.add_struct("s", 12, {{"x", b, 0}, {"y", b, 64}});
  world.target.add_struct("s", 12, {{"z", b, 0}});
  EXPECT_EQ(world.value(CoreKind::field_byte_offset, s, "0:0"), 0U);
  EXPECT_THAT(world.why(CoreKind::field_byte_offset, s, "0:1"), HasSubstr("has it twice"));
  EXPECT_THAT(world.why(CoreKind::type_size, s), HasSubstr("has it twice"));
  // Even where the number is the same: which of the two it is remains unknown.
  EXPECT_THAT(world.why(CoreKind::field_byte_size, s, "0:1"), HasSubstr("has it twice"));
}

// What one path rules out stays out for the next, as in the reference.
TEST(CoreCandidates, AreNarrowedByEveryAnswer) {
  BtfBuilder local, target;
  const auto a = local.add_int("int", 4);
  const auto s = local.add_struct("s", 8, {{"x", a, 0}, {"y", a, 32}});
  const auto b = target.add_int("int", 4);
  target.add_struct("s", 4, {{"x", b, 0}});
  target.add_struct("s", 12, {{"x", b, 32}, {"y", b, 64}});
  const auto kind = static_cast<std::uint32_t>(CoreKind::field_byte_offset);
  const CoreRelocation x{0, s, local.string("0:0"), kind};
  const CoreRelocation y{1, s, local.string("0:1"), kind};
  const auto local_types = local.btf();
  const auto target_types = target.btf();
  CoreEngine first_x(local_types, &target_types);
  EXPECT_FALSE(first_x.answer(x));
  CoreEngine first_y(local_types, &target_types);
  EXPECT_EQ(first_y.answer(y)->value, 8U);
  EXPECT_EQ(first_y.answer(x)->value, 4U);
}

TEST(CoreType, ExistsAndHasASizeAndAnId) {
  Fields world;
  world.make_target();
  EXPECT_EQ(world.value(CoreKind::type_exists, world.s), 1U);
  EXPECT_EQ(world.value(CoreKind::type_size, world.s), 64U);
  EXPECT_EQ(world.value(CoreKind::type_id_local, world.s), world.s);
  EXPECT_EQ(world.value(CoreKind::type_id_target, world.s), 3U);
  EXPECT_EQ(world.ask(CoreKind::type_size, world.s)->local_value, 48U);
  EXPECT_FALSE(world.ask(CoreKind::type_id_target, world.s)->local_value);
  EXPECT_THAT(world.why(CoreKind::type_exists, world.s, "0:0"), HasSubstr("should be 0"));
}

TEST(CoreType, MayBeAbsent) {
  Fields world;
  world.make_target("t");
  for (const auto kind : {CoreKind::type_exists, CoreKind::type_size, CoreKind::type_id_target,
                          CoreKind::type_matches}) {
    EXPECT_EQ(world.value(kind, world.s), 0U);
  }
}

TEST(CoreType, NeedsAName) {
  World world;
  const auto s = world.local.add_struct("", 4, {});
  EXPECT_THAT(world.why(CoreKind::type_exists, s), HasSubstr("no name"));
  EXPECT_EQ(world.value(CoreKind::type_id_local, s), s);
}

TEST(CoreType, NeedsATarget) {
  BtfBuilder local;
  const auto s = local.add_struct("s", 4, {});
  const auto access = local.string("0");
  const auto types = local.btf();
  CoreEngine engine(types, nullptr);
  EXPECT_THAT(engine.answer({0, s, access, 8}).error().message(), HasSubstr("not known"));
  EXPECT_TRUE(engine.answer({0, s, access, 6}));
}

// typedefs of things that differ: what type_exists compares, and how deep.
TEST(CoreType, ExistsOnlyWithTheSameShape) {
  const auto exists = [](auto make_local, auto make_target) {
    World world;
    const auto local = world.local.add_typedef("t", make_local(world.local));
    world.target.add_typedef("t", make_target(world.target));
    return world.value(CoreKind::type_exists, local) == 1U;
  };
  const auto integer = [](BtfBuilder& b) { return b.add_int("int", 4); };
  const auto wide = [](BtfBuilder& b) { return b.add_int("long", 8, BtfBuilder::signed_); };
  const auto structure = [](BtfBuilder& b) { return b.add_struct("x", 4, {}); };
  const auto other = [](BtfBuilder& b) { return b.add_struct("y", 8, {}); };
  const auto pointer_to = [](auto make) {
    return [make](BtfBuilder& b) { return b.add_ptr(make(b)); };
  };
  const auto function = [](auto make, std::size_t count) {
    return [make, count](BtfBuilder& b) {
      const auto type = make(b);
      return b.add_func_proto(type, std::vector<BtfBuilder::Parameter>(count, {"p", type}));
    };
  };
  EXPECT_TRUE(exists(integer, wide));
  EXPECT_TRUE(exists(structure, other));
  EXPECT_FALSE(exists(integer, structure));
  EXPECT_TRUE(exists(pointer_to(integer), pointer_to(wide)));
  EXPECT_FALSE(exists(pointer_to(integer), pointer_to(structure)));
  EXPECT_TRUE(exists(pointer_to(function(integer, 2)), pointer_to(function(wide, 2))));
  EXPECT_FALSE(exists(pointer_to(function(integer, 2)), pointer_to(function(wide, 3))));
  EXPECT_FALSE(exists(pointer_to(function(integer, 2)), pointer_to(function(structure, 2))));
}

TEST(CoreType, MatchesOnlyWithTheSameMembers) {
  const auto matches = [](std::uint32_t size, std::string_view member, bool has_more,
                          std::uint32_t encoding = BtfBuilder::plain) {
    World world;
    const auto a = world.local.add_int("int", 4);
    const auto s = world.local.add_struct("s", 4, {{"x", a, 0}});
    const auto b = world.target.add_int("int", size, encoding);
    std::vector<BtfBuilder::Member> members = {{member, b, 0}};
    if (has_more) members.push_back({"more", b, 64});
    world.target.add_struct("s", 16, members);
    return world.value(CoreKind::type_matches, s) == 1U;
  };
  EXPECT_TRUE(matches(4, "x", false));
  EXPECT_TRUE(matches(4, "x", true));
  EXPECT_TRUE(matches(4, "x___old", false));  // flavours of members, too
  EXPECT_FALSE(matches(8, "x", false));
  EXPECT_FALSE(matches(4, "y", false));
  EXPECT_FALSE(matches(4, "x", false, BtfBuilder::signed_));
}

// Behind a pointer a struct is its name; a forward declaration will do.
TEST(CoreType, MatchesForwardsBehindPointers) {
  const auto matches = [](bool is_union, std::string_view name) {
    World world;
    const auto inner = world.local.add_struct("inner", 8, {});
    const auto s = world.local.add_struct("s", 8, {{"p", world.local.add_ptr(inner), 0}});
    const auto forward = world.target.add_fwd(name, is_union);
    world.target.add_struct("s", 8, {{"p", world.target.add_ptr(forward), 0}});
    return world.value(CoreKind::type_matches, s) == 1U;
  };
  EXPECT_TRUE(matches(false, "inner"));
  EXPECT_FALSE(matches(true, "inner"));
  EXPECT_FALSE(matches(false, "outer"));
}

TEST(CoreEnum, GivesValuesByName) {
  World world;
  const auto e = world.local.add_enum("e", 4, {{"A", 1}, {"B___mine", 2}, {"C", 3}});
  world.target.add_enum("e___x", 4, {{"B", -5}, {"A", 9}}, true);
  EXPECT_EQ(world.value(CoreKind::enum_value, e, "0"), 9U);
  EXPECT_EQ(world.value(CoreKind::enum_value, e, "1"), static_cast<std::uint64_t>(-5));
  EXPECT_EQ(world.value(CoreKind::enum_value_exists, e, "1"), 1U);
  EXPECT_EQ(world.value(CoreKind::enum_value_exists, e, "2"), 0U);
  EXPECT_EQ(world.value(CoreKind::enum_value, e, "2"), std::nullopt);
  EXPECT_EQ(world.ask(CoreKind::enum_value, e, "1")->target.text(), "enum e___x::B = -5");
  EXPECT_THAT(world.why(CoreKind::enum_value, e, "3"), HasSubstr("enumerator 3"));
  EXPECT_THAT(world.why(CoreKind::enum_value, e, "0:1"), HasSubstr("enumerator 0"));
}

// As clang writes them: libbpf 1.5 takes them for negative, and refuses its own compiler's code.
TEST(CoreEnum, KnowsUnsignedEnumsFromSignedOnes) {
  World world;
  const auto e = world.local.add_enum("e", 4, {{"ALL", 0xffffffff}});
  const auto f = world.local.add_enum("f", 4, {{"NONE", -1}}, true);
  world.target.add_enum("e", 4, {{"ALL", 0x80000000}});
  world.target.add_enum("f", 4, {{"NONE", -2}}, true);
  EXPECT_EQ(world.value(CoreKind::enum_value, e, "0"), 0x80000000U);
  EXPECT_EQ(world.ask(CoreKind::enum_value, e, "0")->local_value, 0xffffffffU);
  EXPECT_EQ(world.value(CoreKind::enum_value, f, "0"), static_cast<std::uint64_t>(-2));
}

// 32 bits here, 64 there: one kind of type.
TEST(CoreEnum, MayBeWiderInTheTarget) {
  World world;
  const auto e = world.local.add_enum("e", 4, {{"A", 1}});
  world.target.add_enum64("e", 8, {{"A", 0x123456789abLL}});
  EXPECT_EQ(world.value(CoreKind::enum_value, e, "0"), 0x123456789abU);
}

// Types of the target that hold themselves, as only hostile ones do.
TEST(CoreHostile, EndsWithTypesThatHaveNoEnd) {
  World world;
  const auto a = world.local.add_int("int", 4);
  const auto s = world.local.add_struct("s", 4, {{"x", a, 0}});
  // struct s { struct s; struct s; struct s; }: 3^64 ways to look for x.
  world.target.add_struct("s", 4, {{"", 1, 0}, {"", 1, 0}, {"", 1, 0}});
  EXPECT_THAT(world.why(CoreKind::field_byte_offset, s, "0:0"), HasSubstr("nests too deeply"));

  World loops;
  const auto t = loops.local.add_typedef("t", 2);
  loops.local.add_ptr(2);  // a pointer to itself
  loops.target.add_typedef("t", 2);
  loops.target.add_ptr(2);
  EXPECT_THAT(loops.why(CoreKind::type_exists, t), HasSubstr("nest too deeply"));
  EXPECT_THAT(loops.why(CoreKind::type_matches, t), HasSubstr("nest too deeply"));
}

TEST(CoreHostile, CountsItsSteps) {
  // f(f, f): every parameter is the function itself.
  World world;
  const auto make = [](BtfBuilder& b) {
    b.add_func_proto(0, {{"a", 1}, {"b", 1}, {"c", 1}});
    return b.add_typedef("t", 1);
  };
  const auto t = make(world.local);
  make(world.target);
  EXPECT_THAT(world.why(CoreKind::type_exists, t), HasSubstr("nest too deeply"));
  EXPECT_THAT(world.why(CoreKind::type_matches, t), HasSubstr("nest too deeply"));
}

}  // namespace
}  // namespace skep::object
