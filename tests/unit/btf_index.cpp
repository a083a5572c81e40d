// btf/: the index of a set's names: it answers as the walk does, and is believed only when it is of
// this boot of the machine and fits the types.
#include "btf/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "btf/flavour.hpp"
#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::ElementsAre;

constexpr std::string_view boot = "01abff";
constexpr std::size_t header_size = 56;

BtfBuilder small_kernel() {
  BtfBuilder b;
  const auto number = b.add_int("int", 4, BtfBuilder::signed_);
  const auto task = b.add_struct("task", 4, {{"pid", number}});
  b.add_ptr(task);
  b.add_struct("task___old", 4, {{"id", number}});
  b.add_typedef("task", task);
  b.add_struct("a___b___c", 4, {{"x", number}});
  b.add_struct("task", 8, {{"pid", number}, {"tid", number, 32}});
  b.add_func("run", b.add_func_proto(number, {{"task", number}}), Linkage::static_);
  return b;
}

// The bytes where a map would have them: aligned, and kept as long as anybody looks.
std::optional<Btf> parse_with(const std::vector<std::byte>& types,
                              const std::vector<std::byte>& index, std::string_view id = boot) {
  const auto own_types = std::make_shared<const std::vector<std::byte>>(types);
  const auto own_index = std::make_shared<const std::vector<std::byte>>(index);
  return parse_indexed(*own_types, own_types, *own_index, own_index, id);
}

std::vector<TypeId> ids_of(const Btf& types, std::string_view essential) {
  std::vector<TypeId> out;
  for (const auto id : index_of(types)->with(essential)) {
    if (essential_name(types.type(id).name()) == essential) out.push_back(id);
  }
  return out;
}

TEST(BtfIndex, FindsNamesWithTheirFlavours) {
  const auto bytes = small_kernel().build();
  const Btf plain = Btf::parse(bytes).value();
  EXPECT_EQ(index_of(plain), nullptr);
  const auto types = parse_with(bytes, make_index(plain, boot));
  ASSERT_TRUE(types);
  ASSERT_NE(index_of(*types), nullptr);
  EXPECT_EQ(index_of(*types)->end_id(), plain.end_id());
  EXPECT_THAT(ids_of(*types, "task"), ElementsAre(2, 4, 5, 7));
  EXPECT_THAT(ids_of(*types, "a___b"), ElementsAre(6));
  EXPECT_THAT(ids_of(*types, "a"), ElementsAre());
  EXPECT_THAT(ids_of(*types, "run"), ElementsAre(9));
  EXPECT_THAT(ids_of(*types, "none"), ElementsAre());
}

TEST(BtfIndex, TheSetIsTheSameWithIt) {
  const auto bytes = small_kernel().build();
  const Btf plain = Btf::parse(bytes).value();
  const auto types = parse_with(bytes, make_index(plain, boot));
  ASSERT_TRUE(types);
  ASSERT_EQ(types->end_id(), plain.end_id());
  for (TypeId id = 0; id < plain.end_id(); ++id) {
    const auto a = plain.type(id), b = types->type(id);
    EXPECT_EQ(a.kind(), b.kind());
    EXPECT_EQ(a.name(), b.name());
    EXPECT_EQ(plain.c_name(id), types->c_name(id));
    const auto found = plain.find(a.name(), a.kind()), again = types->find(a.name(), a.kind());
    ASSERT_EQ(found.has_value(), again.has_value()) << id;
    if (found) {
      EXPECT_EQ(found->id(), again->id());
    }
  }
  EXPECT_FALSE(types->find("none", Kind::struct_));
  EXPECT_FALSE(types->find("task___old", Kind::union_));
  EXPECT_EQ(types->find("task___old", Kind::struct_)->id(), 4U);
}

TEST(BtfIndex, ASplitSetHasThatOfItsBase) {
  const auto base = small_kernel();
  const auto bytes = base.build();
  const auto types = parse_with(bytes, make_index(Btf::parse(bytes).value(), boot));
  ASSERT_TRUE(types);
  auto more = BtfBuilder::split_on(base);
  const auto own = more.add_struct("task", 4, {{"mine", 1}});
  const Btf split = more.btf(*types);
  EXPECT_EQ(index_of(split), index_of(*types));
  EXPECT_EQ(split.find("task", Kind::struct_)->id(), 2U);
  EXPECT_EQ(split.type(own).name(), "task");
}

TEST(BtfIndex, DamageInItsHeaderIsNoticed) {
  const auto bytes = small_kernel().build();
  const auto index = make_index(Btf::parse(bytes).value(), boot);
  ASSERT_TRUE(parse_with(bytes, index));
  for (std::size_t i = 0; i < header_size; ++i) {
    for (const unsigned bits : {0x01U, 0x80U, 0xffU}) {
      auto damaged = index;
      damaged[i] ^= static_cast<std::byte>(bits);
      EXPECT_FALSE(parse_with(bytes, damaged)) << "byte " << i << " ^ " << bits;
    }
  }
}

TEST(BtfIndex, ACutOrLongerOneIsNotBelieved) {
  const auto bytes = small_kernel().build();
  const auto index = make_index(Btf::parse(bytes).value(), boot);
  for (std::size_t size = 0; size < index.size(); ++size) {
    EXPECT_FALSE(parse_with(bytes, {index.begin(), index.begin() + static_cast<long>(size)}));
  }
  auto longer = index;
  longer.resize(index.size() + 4);
  EXPECT_FALSE(parse_with(bytes, longer));
}

TEST(BtfIndex, AForeignOneIsNotBelieved) {
  const auto bytes = small_kernel().build();
  const auto index = make_index(Btf::parse(bytes).value(), boot);
  EXPECT_FALSE(parse_with(bytes, index, "01abfe"));
  EXPECT_FALSE(parse_with(bytes, index, ""));
  // The same boot, it says; other types. Of so few every byte counts.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] ^= std::byte{1};
    EXPECT_FALSE(parse_with(other, index)) << "byte " << i;
  }
  auto more = small_kernel();
  more.add_struct("new", 4, {});
  EXPECT_FALSE(parse_with(more.build(), index));
}

// Of many types a sample counts: one more or less moves all that follows.
TEST(BtfIndex, OneOfOtherTypesOfTheSameSizeIsNotBelieved) {
  BtfBuilder b;
  const auto number = b.add_int("int", 4, BtfBuilder::signed_);
  for (int i = 0; i < 4'000; ++i) b.add_struct("s" + std::to_string(i), 4, {{"x", number}});
  const auto bytes = b.build();
  ASSERT_GT(bytes.size(), std::size_t{64} << 10);
  const auto index = make_index(Btf::parse(bytes).value(), boot);
  EXPECT_TRUE(parse_with(bytes, index));
  constexpr long first = 24 + 16, record = 24;
  auto other = bytes;
  std::rotate(other.begin() + first, other.begin() + first + record, other.end());
  EXPECT_FALSE(parse_with(other, index));
}

TEST(BtfIndex, OneThatIsNotAlignedIsNotRead) {
  const auto bytes = small_kernel().build();
  auto index = make_index(Btf::parse(bytes).value(), boot);
  index.insert(index.begin(), std::byte{0});
  EXPECT_FALSE(parse_indexed(bytes, nullptr, Bytes(index).subspan(1), nullptr, boot));
}

TEST(BtfIndex, AnEmptySetHasOneToo) {
  const auto bytes = BtfBuilder().build();
  const auto types = parse_with(bytes, make_index(Btf::parse(bytes).value(), boot));
  ASSERT_TRUE(types);
  EXPECT_TRUE(index_of(*types)->with("int").empty());
}

}  // namespace
}  // namespace skep::btf
