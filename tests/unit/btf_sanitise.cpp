// btf/: an object's BTF told with what an older kernel knows.
#include "btf/sanitise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/btf_builder.hpp"
#include "unit/btf_walk.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;

struct Object {
  BtfBuilder b;
  TypeId number = b.add_int("int", 4, BtfBuilder::signed_);
  TypeId prototype = b.add_func_proto(number, {{"first", number}, {"", 0}});
  TypeId function = b.add_func("go", prototype, Linkage::global);
  TypeId variable = b.add_var("counter", number);
  TypeId section = b.add_datasec(".data.mine", 12, {{variable, 8, 4}});
  TypeId optional = b.add_datasec("?.struct_ops", 4, {{variable, 0, 4}});
  TypeId real = b.add_float("double", 8);
  TypeId holder = b.add_struct("holder", 8, {{"d", real}});
  TypeId note = b.add_decl_tag("note", holder, 0);
  TypeId user = b.add_type_tag("user", number);
  TypeId pointer = b.add_ptr(user);
  TypeId wide = b.add_enum64("wide", 8, {{"low", 1}, {"high", std::int64_t{1} << 40}}, true);
  TypeId negative = b.add_enum("negative", 4, {{"minus", -1}}, true);
  Btf types = b.btf();
};

Btf without(const Object& object, std::initializer_list<bool Features::*> missing) {
  Features known;
  for (const auto feature : missing) known.*feature = false;
  auto types = Btf::parse(sanitise(object.types, known));
  EXPECT_TRUE(types) << types.error().message();
  if (!types) return {};
  EXPECT_GT(test::walk(*types), 0U);
  return *std::move(types);
}

std::set<Kind> kinds_of(const Btf& types) {
  std::set<Kind> out;
  for (TypeId id = 1; id < types.end_id(); ++id) out.insert(types.type(id).kind());
  return out;
}

TEST(BtfSanitise, WithAllFeaturesNothingChanges) {
  const Object o;
  const Btf types = without(o, {});
  const auto old_bytes = o.types.bytes(), new_bytes = types.bytes();
  EXPECT_TRUE(std::equal(old_bytes.begin(), old_bytes.end(), new_bytes.begin(), new_bytes.end()));
}

TEST(BtfSanitise, VariablesAndSections) {
  const Object o;
  const Btf types = without(o, {&Features::sections});
  EXPECT_FALSE(kinds_of(types).contains(Kind::var));
  EXPECT_FALSE(kinds_of(types).contains(Kind::datasec));
  const auto section = types.type(o.section);
  EXPECT_TRUE(section.is(Kind::struct_));
  EXPECT_EQ(section.name(), "_data_mine");
  EXPECT_EQ(section.size(), 12U);
  EXPECT_EQ(section.member(0).name, "counter");
  EXPECT_EQ(section.member(0).bit_offset, 64U);
  EXPECT_EQ(types.type(section.member(0).type).size(), 1U);
  EXPECT_EQ(types.type(o.optional).name(), "__struct_ops");
}

TEST(BtfSanitise, AQuestionMark) {
  const Object o;
  const Btf types = without(o, {&Features::question_mark_sections});
  EXPECT_EQ(types.type(o.optional).name(), "_.struct_ops");
  EXPECT_TRUE(types.type(o.optional).is(Kind::datasec));
  EXPECT_EQ(types.type(o.section).name(), ".data.mine");
}

TEST(BtfSanitise, Functions) {
  const Object o;
  const Btf types = without(o, {&Features::functions});
  EXPECT_TRUE(types.type(o.function).is(Kind::typedef_));
  EXPECT_EQ(types.type(o.function).name(), "go");
  EXPECT_EQ(types.type(o.function).target(), o.prototype);
  EXPECT_TRUE(types.type(o.prototype).is(Kind::enum_));
  EXPECT_EQ(types.type(o.prototype).size(), 4U);
  EXPECT_EQ(types.type(o.prototype).enumerator(0).name, "first");
  const Btf linkage = without(o, {&Features::global_functions});
  EXPECT_TRUE(linkage.type(o.function).is(Kind::func));
  EXPECT_EQ(linkage.type(o.function).linkage(), Linkage::static_);
}

TEST(BtfSanitise, FloatsAndTags) {
  const Object o;
  const Btf types = without(o, {&Features::floats, &Features::decl_tags, &Features::type_tags});
  EXPECT_TRUE(types.type(o.real).is(Kind::struct_));
  EXPECT_EQ(types.type(o.real).name(), "");
  EXPECT_EQ(types.type(o.real).size(), 8U);
  EXPECT_EQ(types.type(o.real).vlen(), 0U);
  EXPECT_TRUE(types.type(o.note).is(Kind::int_));
  EXPECT_EQ(types.type(o.note).int_bits(), 8U);
  EXPECT_TRUE(types.type(o.user).is(Kind::const_));
  EXPECT_EQ(types.type(o.user).name(), "");
  EXPECT_EQ(types.strip(types.type(o.pointer).target()).id(), o.number);
}

TEST(BtfSanitise, WideAndSignedEnums) {
  const Object o;
  const Btf types = without(o, {&Features::enum64});
  const auto wide = types.type(o.wide);
  EXPECT_TRUE(wide.is(Kind::union_));
  EXPECT_FALSE(wide.kind_flag());
  EXPECT_EQ(wide.name(), "wide");
  EXPECT_EQ(wide.size(), 8U);
  EXPECT_EQ(wide.member(1).name, "high");
  EXPECT_EQ(types.end_id(), o.types.end_id() + 1);  // one placeholder, behind all others
  EXPECT_EQ(types.type(wide.member(0).type).name(), "enum64_placeholder");
  EXPECT_TRUE(types.type(o.negative).is(Kind::enum_));
  EXPECT_FALSE(types.type(o.negative).kind_flag());
}

TEST(BtfSanitise, KnowsWhatIsUsed) {
  const Object o;
  EXPECT_EQ(features_used(o.types), Features());
  Features none;
  for (const auto feature : all_features) none.*feature = false;
  EXPECT_EQ(features_used(Btf::parse(sanitise(o.types, none)).value()), none);
  EXPECT_EQ(names_of_missing(Features()), "");
  Features known;
  known.floats = known.enum64 = false;
  EXPECT_EQ(names_of_missing(known), "FLOAT, ENUM64");
}

TEST(BtfSanitise, AProbeUsesItsFeature) {
  for (const auto feature : all_features) {
    const auto probe = Btf::parse(probe_of(feature));
    ASSERT_TRUE(probe) << probe.error().message();
    EXPECT_TRUE(features_used(*probe).*feature);
  }
}

}  // namespace
}  // namespace skep::btf
