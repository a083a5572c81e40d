// struct_ops maps against a kernel made here, whose structs are laid out unlike the object's.
#include "object/struct_ops.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "object/link.hpp"
#include "unit/btf_builder.hpp"

namespace skep::object {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

ObjectSpec spec(const std::string& name = "ops_link") {
  return ObjectSpec::open(SKEP_TEST_OBJECTS "/" + name + ".bpf.o").value();
}

// struct tcp_congestion_ops {flags, cong_avoid, undo_cwnd, ssthresh, name} at 8 of its table.
struct Kernel {
  std::uint32_t name_bytes = 16;
  bool has_flags = true, has_table = true;
  std::uint32_t offset = 8;

  [[nodiscard]] Btf types() const {
    BtfBuilder b;
    const auto number = b.add_int("unsigned int", 4);
    const auto character = b.add_int("char", 1);
    const auto text = b.add_array(character, name_bytes, number);
    const auto function = b.add_ptr(b.add_func_proto(0, {}));
    std::vector<BtfBuilder::Member> members = {{"cong_avoid", function, 64},
                                               {"undo_cwnd", function, 128},
                                               {"ssthresh", function, 192},
                                               {"name", text, 256}};
    if (has_flags) members.insert(members.begin(), {"flags", number, 0});
    const auto ops = b.add_struct("tcp_congestion_ops", 32 + name_bytes, members);
    if (has_table) {
      b.add_struct("bpf_struct_ops_tcp_congestion_ops", offset + 32 + name_bytes,
                   {{"common", number, 0}, {"data", ops, offset * 8}});
    }
    return Btf::parse(b.build()).value();
  }
};

Result<StructOpsTables> resolve(const ObjectSpec& from, const Btf& kernel) {
  TargetNames names(&kernel, nullptr);
  want_struct_ops(from, names);
  return resolve_struct_ops(from, names);
}

std::string why(const ObjectSpec& from, const Kernel& kernel) {
  const auto tables = resolve(from, kernel.types());
  return tables ? "resolved" : tables.error().message();
}

TEST(StructOps, AreReadFromTheObject) {
  const auto read = spec();
  const auto* first = read.find_map("first");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->type, MapType::struct_ops);
  EXPECT_EQ(first->struct_ops, "tcp_congestion_ops");
  EXPECT_EQ(first->key_size, 4U);
  EXPECT_EQ(first->max_entries, 1U);
  EXPECT_EQ(first->flags, 1U << 13);
  EXPECT_TRUE(first->autocreate);
  ASSERT_EQ(first->slots.size(), 3U);
  EXPECT_EQ(read.programs[first->slots[0].target].name, "ops_undo_cwnd");
  EXPECT_FALSE(read.find_map("not_yet")->autocreate);
  EXPECT_EQ(read.find_map("second_with_a_long_name")->kernel_name, "second_with_a_l");
  EXPECT_EQ(spec("ops_plain").find_map("plain")->flags, 0U);
}

TEST(StructOps, AProgramIsLoadedWhenAMapThatNamesItIs) {
  auto chosen = spec();
  choose_struct_ops_programs(chosen);
  EXPECT_TRUE(chosen.find_program("ops_ssthresh")->autoload);
  EXPECT_FALSE(chosen.find_program("ops_later")->autoload);
  chosen.find_map("not_yet")->autocreate = true;
  chosen.find_map("first")->autocreate = false;
  chosen.find_map("second_with_a_long_name")->autocreate = false;
  choose_struct_ops_programs(chosen);
  EXPECT_TRUE(chosen.find_program("ops_later")->autoload);
  EXPECT_TRUE(chosen.find_program("ops_undo_cwnd")->autoload);
  EXPECT_FALSE(chosen.find_program("ops_ssthresh")->autoload);
}

TEST(StructOps, MembersMoveToWhereTheKernelHasThem) {
  const auto from = spec();
  const auto kernel = Kernel().types();
  const auto tables = resolve(from, kernel);
  ASSERT_TRUE(tables) << tables.error().message();
  ASSERT_EQ(tables->maps.size(), 2U);
  const auto& second = tables->maps[1];
  EXPECT_EQ(from.maps[second.map].name, "second_with_a_long_name");
  EXPECT_EQ(kernel.type(second.value_type).name(), "bpf_struct_ops_tcp_congestion_ops");
  ASSERT_EQ(second.value.size(), 56U);
  EXPECT_EQ(read_at<std::uint32_t>(second.value, 8), 2U);  // flags
  EXPECT_EQ(string_at(second.value, 40), "skep_second");
  ASSERT_EQ(second.functions.size(), 3U);
  const auto ssthresh = std::ranges::find(second.functions, 32U, &MapSlot::index);
  ASSERT_NE(ssthresh, second.functions.end());
  EXPECT_EQ(from.programs[ssthresh->target].name, "ops_ssthresh");
  const auto& place = tables->programs[ssthresh->target];
  EXPECT_EQ(kernel.type(place.type).name(), "tcp_congestion_ops");
  EXPECT_EQ(place.member, 3U);
}

TEST(StructOps, AMemberThatTheKernelLacksMustBeZero) {
  Kernel kernel;
  kernel.has_flags = false;
  auto from = spec();
  EXPECT_THAT(why(from, kernel), HasSubstr("map 'second_with_a_long_name': member 'flags'"));
  from.find_map("second_with_a_long_name")->autocreate = false;
  EXPECT_EQ(why(from, kernel), "resolved");
}

TEST(StructOps, WhatDoesNotFitIsNamed) {
  Kernel kernel;
  kernel.name_bytes = 24;
  EXPECT_THAT(why(spec(), kernel), HasSubstr("member 'name': it has 16 bytes here and 24"));
  kernel = {};
  kernel.has_table = false;
  EXPECT_THAT(why(spec(), kernel), HasSubstr("no table of functions 'struct tcp_congestion_ops'"));
  EXPECT_THAT(why(spec("ops_bad_reuse"), {}), HasSubstr("it can serve only one"));
  EXPECT_THAT(why(spec("ops_bad_function"), {}), HasSubstr("member 'of_another_kernel'"));
  EXPECT_EQ(why(spec("ops_flavour"), {}), "resolved");
}

// A spec is the user's: what it holds may be anything.
TEST(StructOps, AnEditedSpecIsNotBelieved) {
  auto from = spec();
  auto& map = *from.find_map("first");
  map.slots[0].target = 1000;
  EXPECT_THAT(why(from, {}), HasSubstr("there is no program 1000"));
  map.slots[0].target = 0;
  map.contents.resize(3);
  EXPECT_THAT(why(from, {}), HasSubstr("outside of the map's value"));
  map.value_type = 1U << 30;
  EXPECT_THAT(why(from, {}), HasSubstr("no table of functions"));
}

TEST(LeftOutMap, BecomesTwoInvalidCalls) {
  auto from = ObjectSpec::open(SKEP_TEST_OBJECTS "/map_left_out.bpf.o").value();
  const auto with = link_program(from, 0, {}).value();
  from.find_map("left_out")->autocreate = false;
  const auto without = link_program(from, 0, {}).value();
  EXPECT_EQ(without.maps.size() + 1, with.maps.size());
  std::vector<Insn> calls;
  for (const auto& insn : without.instructions) {
    if (insn.code == 0x85 && insn.imm >= poison_map) calls.push_back(insn);
  }
  ASSERT_EQ(calls.size(), 2U);
  const auto index = from.find_map("left_out") - from.maps.data();
  for (const auto& call : calls) {
    EXPECT_EQ(call.imm, poison_map + index);
    EXPECT_EQ(call.registers, 0U);
    EXPECT_EQ(call.off, 0);
  }
}

}  // namespace
}  // namespace skep::object
