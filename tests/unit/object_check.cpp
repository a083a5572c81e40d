// Specs that somebody edited by hand, with numbers that point nowhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "object/link.hpp"
#include "unit/object_builder.hpp"

namespace skep::object {
namespace {

using test::insn_call;
using test::insn_exit;
using test::insn_lddw;
using test::insn_return_zero;
using test::insn_second_slot;
using test::ObjectBuilder;
using testing::HasSubstr;

// main: a map value, a callback, a call of the function at .text, which is functions[0].
ObjectSpec good_spec() {
  ObjectBuilder b;
  const auto text = b.add_code(".text", {insn_return_zero, insn_exit});
  const auto function = b.add_function("sub", text, 0, 2);
  const auto data = b.add_data(".data", "01234567");
  const auto variable = b.add_symbol("v", STT_OBJECT, STB_GLOBAL, data, 0, 8);
  const auto main = b.add_code("xdp", {insn_lddw(), insn_second_slot, insn_lddw(), insn_second_slot,
                                       insn_call(-1), insn_exit});
  b.add_function("main", main, 0, 6);
  b.add_relocation(main, 0, variable);
  b.add_relocation(main, 16, function);
  b.add_relocation(main, 32, function, 10);
  return ObjectSpec::parse(b.build(), "made").value();
}

// What link_program says of it after the edit; also, that nothing else falls over it.
std::string why(const std::function<void(ObjectSpec&, FunctionSpec& main)>& edit) {
  auto spec = good_spec();
  edit(spec, spec.functions[1]);
  static_cast<void>(needs_target_types(spec));
  const auto linked = link_program(spec, 0, {});
  if (linked) return "accepted";
  EXPECT_EQ(linked.error().kind(), ErrorKind::bad_input);
  return linked.error().message();
}

TEST(Check, AcceptsWhatTheFileSays) {
  EXPECT_EQ(why([](ObjectSpec&, FunctionSpec&) {}), "accepted");
}

TEST(Check, ProgramsWithoutAFunction) {
  EXPECT_EQ(why([](ObjectSpec& spec, FunctionSpec&) { spec.programs[0].function = 2; }),
            "program 'main': function 2, of 2");
  EXPECT_EQ(why([](ObjectSpec& spec, FunctionSpec&) { spec.functions.clear(); }),
            "program 'main': function 1, of 0");
}

TEST(Check, RelocationsOfWhatIsNotThere) {
  EXPECT_EQ(why([](ObjectSpec&, FunctionSpec& main) { main.relocations[0].target = 1; }),
            "function 'main': relocation 0: map 1, of 1");
  EXPECT_EQ(why([](ObjectSpec& spec, FunctionSpec&) { spec.maps.clear(); }),
            "function 'main': relocation 0: map 0, of 0");
  EXPECT_EQ(why([](ObjectSpec&, FunctionSpec& main) { main.relocations[1].target = UINT32_MAX; }),
            "function 'main': relocation 1: function 4294967295, of 2");
  EXPECT_EQ(why([](ObjectSpec&, FunctionSpec& main) { main.relocations[2].target = 2; }),
            "function 'main': relocation 2: function 2, of 2");
  EXPECT_EQ(why([](ObjectSpec&, FunctionSpec& main) {
              main.relocations[2].kind = static_cast<Relocation::Kind>(77);
              main.relocations[2].instruction = 0;
            }),
            "function 'main': relocation 2: its kind 77 is none");
}

TEST(Check, RelocationsOutsideOfTheCode) {
  for (const std::size_t i : {0U, 1U, 2U}) {
    EXPECT_THAT(why([&](ObjectSpec&, FunctionSpec& main) { main.relocations[i].instruction = 6; }),
                HasSubstr("instruction 6, of 6"));
  }
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) { main.instructions.clear(); }),
              HasSubstr("instruction 0, of 0"));
  // Subprograms count too, whether the program calls them or not.
  EXPECT_THAT(why([](ObjectSpec& spec, FunctionSpec&) {
                spec.functions[0].relocations.push_back({Relocation::Kind::map, 9, 0, 0});
              }),
              HasSubstr("function 'sub': relocation 0: instruction 9, of 2"));
}

TEST(Check, RelocationsOfOtherInstructions) {
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) { main.relocations[0].instruction = 5; }),
              HasSubstr("instruction 5 is no lddw"));
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) { main.relocations[2].instruction = 0; }),
              HasSubstr("instruction 0 is no call"));
  // The second slot of the last one is missing.
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) {
                main.instructions.push_back(insn_lddw());
                main.relocations[0].instruction = 6;
              }),
              HasSubstr("instruction 6 is no lddw"));
}

TEST(Check, CoreRelocationsOutsideOfTheCode) {
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) {
                main.core_relocations.push_back({.instruction = 6});
              }),
              HasSubstr("CO-RE relocation 0: instruction 6, of 6"));
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) {
                main.instructions.push_back(insn_lddw());
                main.core_relocations.push_back({.instruction = 6});
              }),
              HasSubstr("the lddw is cut short"));
}

TEST(Check, RecordsOutsideOfTheCode) {
  EXPECT_THAT(why([](ObjectSpec&, FunctionSpec& main) {
                main.function_info.push_back({.instruction = 6});
              }),
              HasSubstr("function information: a record of instruction 6, of 6"));
  EXPECT_THAT(
      why([](ObjectSpec&, FunctionSpec& main) { main.line_info.push_back({.instruction = 7}); }),
      HasSubstr("line information: a record of instruction 7, of 6"));
}

TEST(Check, ProgramsThatTheSpecDoesNotHave) {
  const auto spec = good_spec();
  const auto linked = link_program(spec, 1, {});
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(linked.error().message(), "program 1, of 1");
}

}  // namespace
}  // namespace skep::object
