// Types that lie: every one gives an error or an answer, never a crash or a hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "base/file.hpp"
#include "btf/ext.hpp"
#include "elf/elf.hpp"
#include "unit/btf_builder.hpp"
#include "unit/btf_walk.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

std::string why(const std::vector<std::byte>& bytes) {
  const auto types = Btf::parse(bytes);
  return types ? "accepted" : types.error().message();
}

std::string why(const BtfBuilder& b) { return why(b.build()); }

struct Sample {
  std::vector<std::byte> file, types, ext;
};

Sample sample() {
  Sample out;
  out.file = read_file(SKEP_TEST_OBJECTS "/parse_sample.bpf.o", 1 << 24).value();
  const auto object = elf::parse(out.file).value();
  const auto copy = [&](std::string_view name) {
    const auto data = object.find(name)->data;
    return std::vector(data.begin(), data.end());
  };
  out.types = copy(".BTF");
  out.ext = copy(".BTF.ext");
  return out;
}

template <typename T>
std::vector<std::byte> patched(std::vector<std::byte> bytes, std::size_t at, T value) {
  std::memcpy(&bytes.at(at), &value, sizeof(T));
  return bytes;
}

TEST(BtfHostile, ChecksTheHeader) {
  BtfBuilder b;
  b.add_int("int", 4);
  const auto good = b.build();  // 24 bytes of header, 16 of types, 5 of strings
  ASSERT_EQ(why(good), "accepted");
  EXPECT_THAT(why(std::vector<std::byte>{}), HasSubstr("no header"));
  EXPECT_THAT(why(patched(good, 0, std::uint16_t{0x9feb})), HasSubstr("big-endian"));
  EXPECT_THAT(why(patched(good, 0, std::uint16_t{0x1234})), HasSubstr("starts with 0x1234"));
  EXPECT_THAT(why(patched(good, 2, std::uint8_t{2})), HasSubstr("version 2"));
  EXPECT_THAT(why(patched(good, 3, std::uint8_t{1})), HasSubstr("flags 0x1"));
  EXPECT_THAT(why(patched(good, 4, std::uint32_t{20})), HasSubstr("a header of 20 bytes"));
  EXPECT_THAT(why(patched(good, 4, ~std::uint32_t{0})), HasSubstr("a header of 4294967295"));
  EXPECT_THAT(why(patched(good, 8, ~std::uint32_t{0})), HasSubstr("bytes of types"));
  EXPECT_THAT(why(patched(good, 8, std::uint32_t{2})), HasSubstr("not aligned"));
  EXPECT_THAT(why(patched(good, 12, ~std::uint32_t{0})), HasSubstr("bytes of types"));
  EXPECT_THAT(why(patched(good, 12, std::uint32_t{20})), HasSubstr("overlap"));
  EXPECT_THAT(why(patched(good, 16, ~std::uint32_t{3})), HasSubstr("bytes of strings"));
  EXPECT_THAT(why(patched(good, 20, std::uint32_t{6})), HasSubstr("bytes of strings"));
  EXPECT_THAT(why(patched(good, 20, std::uint32_t{0})), HasSubstr("0 bytes of strings"));
  EXPECT_THAT(why(patched(good, 20, std::uint32_t{4})), HasSubstr("has no end"));
  EXPECT_THAT(why(patched(good, 40, 'x')), HasSubstr("first string is not empty"));
}

// A later header may be longer: what it adds is not ours to read.
TEST(BtfHostile, AcceptsALongerHeader) {
  BtfBuilder b;
  b.add_int("int", 4);
  auto bytes = b.build();
  bytes.insert(bytes.begin() + 24, 16, std::byte{0x55});
  const auto types = Btf::parse(patched(bytes, 4, std::uint32_t{40})).value();
  EXPECT_EQ(types.type(1).name(), "int");
}

TEST(BtfHostile, ChecksEveryRecord) {
  using B = BtfBuilder;
  const auto with = [](auto add) {
    B b;
    b.add_int("int", 4);
    add(b);
    return why(b);
  };
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::void_), 0); }),
              HasSubstr("unknown kind 0"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, 20U << 24, 0); }), HasSubstr("unknown kind 20"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::struct_, 1), 4); }),
              HasSubstr("type 2 (struct): takes 24 bytes, 12 are left"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::enum64, 0xffff), 4, {0, 0, 0}); }),
              HasSubstr("are left"));
  EXPECT_THAT(with([](B& b) { b.add_ptr(3); }), HasSubstr("type 2 (ptr): refers to type 3 of 3"));
  EXPECT_THAT(with([](B& b) { b.add_array(~0U, 1); }), HasSubstr("refers to type 4294967295"));
  EXPECT_THAT(with([](B& b) { b.add_array(1, 1, 9); }), HasSubstr("refers to type 9"));
  EXPECT_THAT(with([](B& b) { b.add_struct("s", 4, {{"m", 9}}); }), HasSubstr("refers to type 9"));
  EXPECT_THAT(with([](B& b) { b.add_func_proto(9); }), HasSubstr("refers to type 9"));
  EXPECT_THAT(with([](B& b) { b.add_func_proto(0, {{"p", 9}}); }), HasSubstr("refers to type 9"));
  EXPECT_THAT(with([](B& b) { b.add_datasec("d", 4, {{9, 0, 4}}); }), HasSubstr("type 9"));
  EXPECT_THAT(with([](B& b) { b.add_decl_tag("t", 9); }), HasSubstr("refers to type 9"));
  EXPECT_THAT(with([](B& b) { b.add_raw(77, B::info(Kind::ptr), 1); }),
              HasSubstr("a name is at 77"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::struct_, 1), 4, {77, 1, 0}); }),
              HasSubstr("a name is at 77"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::enum_, 1), 4, {77, 1}); }),
              HasSubstr("a name is at 77"));
  EXPECT_THAT(with([](B& b) { b.add_int("i", 0); }), HasSubstr("size is not"));
  EXPECT_THAT(with([](B& b) { b.add_int("i", 17, 0, 8); }), HasSubstr("size is not"));
  EXPECT_THAT(with([](B& b) { b.add_int("i", 4, 0, 33); }), HasSubstr("bits lie outside"));
  EXPECT_THAT(with([](B& b) { b.add_enum("e", 3, {}); }), HasSubstr("size is not"));
  EXPECT_THAT(with([](B& b) { b.add_enum("e", 0, {{"one", 1}}); }), HasSubstr("size is not"));
  EXPECT_THAT(with([](B& b) { b.add_float("f", 5); }), HasSubstr("size is not"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::func, 3), 0); }), HasSubstr("linkage"));
  EXPECT_THAT(with([](B& b) { b.add_raw(0, B::info(Kind::var), 1, {3}); }), HasSubstr("linkage"));
  EXPECT_THAT(with([](B& b) { b.add_decl_tag("t", 1, -2); }), HasSubstr("component"));
  EXPECT_THAT(with([](B& b) { b.add_struct("s", 4, {{"m", 1, 33}}); }), HasSubstr("beyond it"));
  EXPECT_THAT(with([](B& b) { b.add_struct("s", 4, {{"m", 1, 30, 3}}); }), HasSubstr("beyond it"));
}

TEST(BtfHostile, EndsCycles) {
  BtfBuilder b;
  b.add_int("int", 4);
  const auto loop = b.add_typedef("loop", 3);  // 2 -> 3 -> 2
  b.add_const(loop);
  const auto rows = b.add_array(4, 2);                         // an array of itself
  const auto inside = b.add_struct("inside", 8, {{"me", 5}});  // by value
  const auto left = b.add_struct("left", 8, {{"r", 7}}),
             right = b.add_struct("right", 8, {{"l", 6}});
  const auto pointer = b.add_ptr(8);  // to itself
  const auto proto = b.add_func_proto(9, {{"a", 9}, {"b", 9}});
  const Btf types = b.btf();
  EXPECT_TRUE(types.strip(loop).is(Kind::void_));
  for (const auto id : {loop, rows})
    EXPECT_THAT(types.size_of(id).error().message(), HasSubstr("goes round"));
  EXPECT_EQ(types.size_of(inside).value(), 8U);  // as it says itself
  for (const auto id : {inside, left, right}) {
    EXPECT_THAT(types.align_of(id).error().message(), HasSubstr("contains itself"));
  }
  for (const auto id : {loop, rows, inside, pointer, proto}) EXPECT_FALSE(types.c_name(id).empty());
  EXPECT_FALSE(print_header(types));
  for (const auto id : {inside, pointer, proto}) EXPECT_FALSE(print_type(types, id)) << id;
  test::walk(types);
}

// Each level doubles: a few hundred bytes of types stand for more text than there is memory.
TEST(BtfHostile, BoundsWhatTypesExpandTo) {
  BtfBuilder b;
  auto type = b.add_int("int", 4);
  for (int level = 0; level < 60; ++level) {
    type = b.add_union("", 4, {{"a", type}, {"b", type}});
  }
  const auto named = b.add_union("bomb", 4, {{"a", type}});
  auto proto = b.add_func_proto(0, {{"x", type}});
  for (int level = 0; level < 60; ++level) {
    const auto pointer = b.add_ptr(proto);
    proto = b.add_func_proto(pointer, {{"a", pointer}, {"b", pointer}});
  }
  const Btf types = b.btf();
  EXPECT_FALSE(print_header(types));
  EXPECT_FALSE(print_type(types, named));
  EXPECT_LT(types.c_name(proto).size(), 5000U);
  EXPECT_EQ(types.align_of(named).value(), 4U);
}

TEST(BtfHostile, RefusesSizesBeyond4GiB) {
  BtfBuilder b;
  const auto u64 = b.add_int("u64", 8);
  auto rows = b.add_array(u64, ~0U);
  EXPECT_THAT(b.btf().size_of(rows).error().message(), HasSubstr("more than 4 GiB"));
  for (int dimension = 0; dimension < 10; ++dimension) rows = b.add_array(rows, ~0U);
  EXPECT_THAT(b.btf().size_of(rows).error().message(), HasSubstr("more than 4 GiB"));
  const auto none = b.add_array(rows, 0);
  EXPECT_EQ(b.btf().size_of(none).value_or(1), 0U);
}

TEST(BtfHostile, LongChainsEndInAnError) {
  BtfBuilder b;
  auto type = b.add_int("int", 4);
  for (int i = 0; i < 100000; ++i) type = b.add_typedef("t", type);
  auto nested = b.add_int("int", 4);
  for (int i = 0; i < 100000; ++i) nested = b.add_struct("s", 4, {{"m", nested}});
  const Btf types = b.btf();
  EXPECT_FALSE(types.size_of(type));
  EXPECT_FALSE(types.align_of(nested));
  EXPECT_FALSE(print_type(types, nested));
  EXPECT_TRUE(types.strip(type).is(Kind::void_));
}

TEST(BtfHostile, RefusesEveryTruncation) {
  const auto whole = sample();
  const Btf types = Btf::parse(whole.types).value();
  const auto cut = [](const std::vector<std::byte>& bytes, std::size_t size) {
    return std::vector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  };
  for (std::size_t size = 0; size < whole.types.size(); ++size) {
    ASSERT_FALSE(Btf::parse(cut(whole.types, size))) << size;
  }
  for (std::size_t size = 0; size < whole.ext.size(); ++size) {
    ASSERT_FALSE(parse_ext(cut(whole.ext, size), types)) << size;
  }
}

TEST(BtfHostile, SurvivesFlippedBits) {
  const auto whole = sample();
  const Btf good = Btf::parse(whole.types).value();
  std::mt19937 random(1);
  const auto flip = [&](std::vector<std::byte> bytes) {
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
    }
    return bytes;
  };
  std::size_t accepted = 0;
  for (int round = 0; round < 1000; ++round) {
    if (const auto types = Btf::parse(flip(whole.types))) {
      test::walk(*types);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 0U);
  for (int round = 0; round < 10000; ++round) {
    if (const auto ext = parse_ext(flip(whole.ext), good)) ++accepted;
  }
}

}  // namespace
}  // namespace skep::btf
