#include "run/relocations.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "btf/ext.hpp"
#include "unit/btf_builder.hpp"
#include "unit/golden.hpp"

namespace skep::run {
namespace {

using btf::CoreKind;
using test::BtfBuilder;

// struct task { int pid; char comm[16]; long gone; }; enum kind { small = 1, large = 1 << 40 }
// A program that reads pid and gone, asks for gone, and calls a subprogram that has the enumerator.
class Relocations : public testing::Test {
 protected:
  Relocations() {
    const auto task = add_types(local, 0, true);
    const auto kind = local.add_enum64("kind", 8, {{"small", 1}, {"large", 1LL << 40}});
    spec.license = "GPL";
    spec.functions = {{.name = "on_exec",
                       .section = "raw_tp/x",
                       .instructions = {{0x61, 0x61, 0, 0},   // r1 = *(u32 *)(r6 +0)
                                        {0x79, 0x62, 24, 0},  // r2 = *(u64 *)(r6 +24)
                                        {0xb7, 0x03, 0, 1},   // r3 = 1
                                        {0x85, 0x10, 0, -1},  // call large
                                        {0x95, 0, 0, 0}},
                       .relocations = {{Relocation::Kind::call, 3, 1, 0}},
                       .core_relocations = {relocation(0, task, "0:0", CoreKind::field_byte_offset),
                                            relocation(1, task, "0:2", CoreKind::field_byte_offset),
                                            relocation(2, task, "0:2", CoreKind::field_exists)}},
                      {.name = "large",
                       .section = ".text",
                       .instructions = {{0x18, 0x00, 0, 0}, {0, 0, 0, 256}, {0x95, 0, 0, 0}},
                       .core_relocations = {relocation(0, kind, "1", CoreKind::enum_value)}}};
    spec.programs = {{.name = "on_exec",
                      .section = "raw_tp/x",
                      .function = 0,
                      .type = ProgramType::raw_tracepoint}};
    spec.types = local.btf();
    add_types(kernel, 64, false);
    kernel.add_enum64("kind", 8, {{"large", 1LL << 41}});
  }

  static BtfBuilder::Id add_types(BtfBuilder& b, std::uint32_t shift, bool has_gone) {
    const auto number = b.add_int("int", 4, BtfBuilder::signed_);
    const auto wide = b.add_int("long", 8, BtfBuilder::signed_);
    const auto letter = b.add_int("char", 1, BtfBuilder::char_);
    const auto comm = b.add_array(letter, 16, number);
    std::vector<BtfBuilder::Member> members = {{"pid", number, shift}, {"comm", comm, shift + 32}};
    if (has_gone) members.push_back({"gone", wide, shift + 192});
    return b.add_struct("task", 40, members);
  }
  CoreRelocation relocation(std::uint32_t at, btf::TypeId type, std::string_view access,
                            CoreKind kind) {
    return {at, type, local.string(access), static_cast<std::uint32_t>(kind)};
  }
  RelocationPlan plan() { return plan_relocations(spec, {.types = kernel.btf()}).value(); }

  BtfBuilder local, kernel;
  ObjectSpec spec;
};

TEST_F(Relocations, AreShownAsTextAndJson) {
  const auto done = plan();
  test::expect_golden("run", "relocations.text.txt", to_text(done));
  test::expect_golden("run", "relocations.json.txt", to_json(done));
}

TEST_F(Relocations, ThatThisKernelHasNothingForArePoisoned) {
  const auto rows = nlohmann::json::parse(to_json(plan()))["relocations"];
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0]["value"], 8);
  EXPECT_EQ(rows[1]["poisoned"], true);
  EXPECT_TRUE(rows[1]["value"].is_null());
  EXPECT_TRUE(rows[1]["target"].is_null());
  EXPECT_EQ(rows[2]["poisoned"], false);  // the answer is no
  EXPECT_EQ(rows[2]["value"], 0);
  EXPECT_EQ(rows[3]["function"], "large");
  EXPECT_EQ(rows[3]["value"], 1LL << 41);
}

TEST_F(Relocations, OfAProgramThatIsNotLoadedMayFail) {
  kernel.add_struct("task", 4, {{"pid", 1, 0}});  // a second one, that disagrees
  EXPECT_FALSE(plan_relocations(spec, {.types = kernel.btf()}));
  spec.programs[0].autoload = false;
  const auto done = plan();
  EXPECT_TRUE(done.relocations.empty());
  ASSERT_EQ(done.notes.size(), 1U);
  EXPECT_NE(done.notes[0].find("on_exec"), std::string::npos);
}

TEST_F(Relocations, NoneAreSaidToBeNone) {
  for (auto& function : spec.functions) function.core_relocations.clear();
  EXPECT_EQ(to_text(plan()), "no CO-RE relocations\n");
}

}  // namespace
}  // namespace skep::run
