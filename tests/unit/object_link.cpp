// Programs put together. Equality with libbpf is the oracle's matter; here stand the rules.
#include "object/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "isa/opcode.hpp"
#include "unit/btf_builder.hpp"
#include "unit/object_builder.hpp"

namespace skep::object {
namespace {

using test::BtfBuilder;
using test::insn_call;
using test::insn_exit;
using test::insn_lddw;
using test::insn_return_zero;
using test::insn_second_slot;
using test::ObjectBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using Code = std::vector<Insn>;

// A body whose first instruction tells whose it is.
Insn mark(std::int32_t number) { return {.code = 0xb7, .imm = number}; }

std::vector<std::int32_t> marks_of(const LinkedProgram& program) {
  std::vector<std::int32_t> marks;
  for (const auto& insn : program.instructions) {
    if (insn.code == 0xb7 && insn.imm != 0) marks.push_back(insn.imm);
  }
  return marks;
}

ObjectSpec parse(const ObjectBuilder& builder) {
  return ObjectSpec::parse(builder.build(), "made").value();
}

std::string why(const ObjectBuilder& builder) {
  const auto spec = ObjectSpec::parse(builder.build(), "made");
  if (!spec) return spec.error().message();
  const auto linked = link_program(*spec, 0, {});
  return linked ? "accepted" : linked.error().message();
}

// .text: 1 at 0, 2 at 3, 3 at 6, 4 at 8; 1 calls 3 (static, without a relocation); 2 calls 1 and 4.
struct Calls {
  ObjectBuilder b;
  ObjectBuilder::Index text = 0, main = 0;
  std::uint32_t section_symbol = 0;
  std::uint32_t functions[5] = {};

  explicit Calls(const Code& code) {
    text = b.add_code(".text", {mark(1), insn_call(6 - 1 - 1), insn_exit,      //
                                mark(2), insn_call(-5), insn_call(8 - 5 - 1),  //
                                mark(3), insn_exit, mark(4), insn_exit});
    section_symbol = b.add_symbol("", STT_SECTION, STB_LOCAL, text);
    functions[1] = b.add_function("one", text, 0, 3);
    functions[2] = b.add_function("two", text, 3, 3);
    functions[3] = b.add_function("three", text, 6, 2, STB_LOCAL);
    functions[4] = b.add_function("four", text, 8, 2, STB_LOCAL);
    main = b.add_code("xdp", code);
    b.add_function("main", main, 0, static_cast<std::uint32_t>(code.size()));
  }
};

TEST(Link, AppendsFunctionsAtTheirFirstCall) {
  // Calls 4 (static: by the section, the distance in the instruction), 2, and 4 again.
  Calls calls({insn_call(7), insn_call(-1), insn_call(7), insn_exit});
  calls.b.add_relocation(calls.main, 0, calls.section_symbol, 10);
  calls.b.add_relocation(calls.main, 8, calls.functions[2], 10);
  calls.b.add_relocation(calls.main, 16, calls.section_symbol, 10);
  const auto spec = parse(calls.b);
  const auto linked = link_program(spec, 0, {}).value();
  // 2 brings 1, which brings 3, before anything else: depth first.
  EXPECT_THAT(marks_of(linked), ElementsAre(4, 2, 1, 3));
  const auto& code = linked.instructions;
  EXPECT_EQ(code[0].imm, 3);   // main -> 4 at 4
  EXPECT_EQ(code[1].imm, 4);   // main -> 2 at 6
  EXPECT_EQ(code[2].imm, 1);   // main -> 4 again
  EXPECT_EQ(code[7].imm, 1);   // 2 -> 1 at 9
  EXPECT_EQ(code[8].imm, -5);  // 2 -> 4
  EXPECT_EQ(code[10].imm, 1);  // 1 -> 3 at 12
  EXPECT_EQ(code.size(), 14U);
}

TEST(Link, LeavesUncalledFunctionsOut) {
  Calls calls({insn_return_zero, insn_exit});
  EXPECT_THAT(marks_of(link_program(parse(calls.b), 0, {}).value()), ElementsAre());
}

TEST(Link, TakesRecursionAsItIs) {
  ObjectBuilder b;
  const auto text = b.add_code(".text", {mark(1), insn_call(-2), insn_exit});
  const auto symbol = b.add_function("one", text, 0, 3);
  const auto main = b.add_code("xdp", {insn_call(-1), insn_exit});
  b.add_function("main", main, 0, 2);
  b.add_relocation(main, 0, symbol, 10);
  const auto linked = link_program(parse(b), 0, {}).value();
  EXPECT_THAT(marks_of(linked), ElementsAre(1));
  EXPECT_EQ(linked.instructions[3].imm, -2);  // the verifier's to refuse
}

// A million functions in a row would overflow a stack of the C++ kind.
TEST(Link, FollowsChainsOfAnyLength) {
  constexpr std::uint32_t count = 20000;
  ObjectBuilder b;
  Code code;
  for (std::uint32_t i = 0; i < count; ++i) {
    code.push_back(i + 1 < count ? insn_call(1) : insn_return_zero);
    code.push_back(insn_exit);
  }
  const auto text = b.add_code(".text", code);
  const auto first = b.add_function("f", text, 0, 2);
  for (std::uint32_t i = 1; i < count; ++i) b.add_function("f", text, 2 * i, 2, STB_LOCAL);
  const auto main = b.add_code("xdp", {insn_call(-1), insn_exit});
  b.add_function("main", main, 0, 2);
  b.add_relocation(main, 0, first, 10);
  EXPECT_EQ(link_program(parse(b), 0, {}).value().instructions.size(), 2 + 2 * count);
}

TEST(Link, GivesCallbacksTheirAddress) {
  // A global callback by its symbol, a static one by the section and a distance in bytes.
  Calls calls({insn_lddw(), insn_second_slot, insn_lddw(8 * 8), insn_second_slot, insn_exit});
  calls.b.add_relocation(calls.main, 0, calls.functions[1]);
  calls.b.add_relocation(calls.main, 16, calls.section_symbol);
  const auto linked = link_program(parse(calls.b), 0, {}).value();
  EXPECT_THAT(marks_of(linked), ElementsAre(1, 3, 4));
  const auto& code = linked.instructions;
  EXPECT_EQ(code[0].src(), isa::pseudo_function);
  EXPECT_EQ(code[0].imm, 4);  // to instruction 5, from the one after this
  EXPECT_EQ(code[2].src(), isa::pseudo_function);
  EXPECT_EQ(code[2].imm, 7);  // to instruction 10
  EXPECT_TRUE(linked.maps.empty());
}

TEST(Link, MarksReferencesToDataAndMaps) {
  ObjectBuilder b;
  const auto data = b.add_data(".data", "0123456789abcdef");
  const auto main =
      b.add_code("xdp", {insn_lddw(4), insn_second_slot, insn_lddw(), insn_second_slot, insn_exit});
  b.add_function("main", main, 0, 5);
  const auto section = b.add_symbol("", STT_SECTION, STB_LOCAL, data);
  const auto variable = b.add_symbol("v", STT_OBJECT, STB_GLOBAL, data, 8, 8);
  b.add_relocation(main, 0, section);
  b.add_relocation(main, 16, variable);
  const auto linked = link_program(parse(b), 0, {}).value();
  ASSERT_EQ(linked.maps.size(), 2U);
  EXPECT_EQ(linked.maps[0].offset, 4U);
  EXPECT_EQ(linked.maps[1].offset, 8U);
  for (const auto& reference : linked.maps) {
    EXPECT_TRUE(reference.is_value);
    EXPECT_EQ(reference.map, 0U);
    EXPECT_EQ(linked.instructions[reference.instruction].src(), isa::pseudo_map_value);
    EXPECT_EQ(linked.instructions[reference.instruction].imm, 0);
    EXPECT_EQ(linked.instructions[reference.instruction + 1].imm,
              static_cast<std::int32_t>(reference.offset));
  }
}

TEST(Link, RefusesCodeThatLeadsNowhere) {
  Calls into_function({insn_call(0), insn_exit});  // the middle of 1
  into_function.b.add_relocation(into_function.main, 0, into_function.section_symbol, 10);
  EXPECT_THAT(why(into_function.b), HasSubstr("no function starts at instruction 1"));

  Calls beyond({insn_call(100), insn_exit});
  beyond.b.add_relocation(beyond.main, 0, beyond.section_symbol, 10);
  EXPECT_THAT(why(beyond.b), HasSubstr("no function starts"));

  Calls unrelocated({insn_call(0), insn_exit});
  EXPECT_THAT(why(unrelocated.b), HasSubstr("leads nowhere"));

  Calls no_call({insn_return_zero, insn_exit});
  no_call.b.add_relocation(no_call.main, 0, no_call.functions[1]);
  EXPECT_THAT(why(no_call.b), HasSubstr("no call, no lddw"));

  Calls cut({insn_exit, insn_lddw()});
  cut.b.add_relocation(cut.main, 8, cut.functions[1]);
  EXPECT_THAT(why(cut.b), HasSubstr("no call, no lddw"));

  Calls twice({insn_call(-1), insn_exit});
  twice.b.add_relocation(twice.main, 0, twice.functions[1], 10);
  twice.b.add_relocation(twice.main, 0, twice.functions[2], 10);
  EXPECT_THAT(why(twice.b), HasSubstr("relocated twice"));

  Calls misplaced({insn_call(-1), insn_exit});
  misplaced.b.add_relocation(misplaced.main, 4, misplaced.functions[1], 10);
  EXPECT_THAT(why(misplaced.b), HasSubstr("inside an instruction"));
}

TEST(Link, RefusesCallsOfPrograms) {
  ObjectBuilder b;
  const auto main = b.add_code("xdp", {insn_call(-1), insn_exit});
  b.add_function("main", main, 0, 2);
  const auto other = b.add_function("other", b.add_code("tc", {insn_exit}), 0, 1);
  b.add_relocation(main, 0, other, 10);
  EXPECT_THAT(why(b), HasSubstr("'other' is called, but is no subprogram"));
}

TEST(Link, RefusesUnknownTypesOfProgram) {
  const auto why_section = [](std::string_view name) {
    ObjectBuilder b;
    b.add_function("main", b.add_code(name, {insn_exit}), 0, 1);
    return why(b);
  };
  EXPECT_THAT(why_section("my/own"), HasSubstr("program 'main': SEC(\"my/own\")"));
  EXPECT_THAT(why_section("fentry"), HasSubstr("does not say what to attach to"));
  EXPECT_THAT(why_section("fentry/nf_tables:x"), HasSubstr("types of the target kernel"));
  EXPECT_THAT(why_section("fentry/x"), HasSubstr("types of the target kernel are not known"));

  ObjectBuilder b;
  b.add_function("main", b.add_code("my/own", {insn_exit}), 0, 1);
  auto spec = parse(b);
  spec.programs[0].type = ProgramType::xdp;
  EXPECT_TRUE(link_program(spec, 0, {}));
}

// What the kernel calls the things that programs attach to.
struct Kernel {
  BtfBuilder b;
  BtfBuilder::Id tracepoint, iterator, hook, function;
  Kernel() {
    const auto integer = b.add_int("int", 4);
    const auto prototype = b.add_func_proto(integer);
    b.add_func("btf_trace_sched_switch", prototype);  // of the wrong kind
    b.add_typedef("sched_switch", integer);
    tracepoint = b.add_typedef("btf_trace_sched_switch", b.add_ptr(prototype));
    iterator = b.add_func("bpf_iter_task", prototype);
    hook = b.add_func("bpf_lsm_file_open", prototype);
    function = b.add_func("do_nanosleep", prototype);
    b.add_func("do_nanosleep", prototype);  // the first one counts
  }
};

TEST(Link, FindsWhatProgramsAttachTo) {
  const Kernel kernel;
  const Target target{kernel.b.btf()};
  const auto id_of = [&](std::string_view section) {
    ObjectBuilder b;
    b.add_function("main", b.add_code(section, {insn_exit}), 0, 1);
    const auto spec = parse(b);
    EXPECT_EQ(needs_target_types(spec), !section.starts_with("raw_tp"));
    const auto linked = link_program(spec, 0, target);
    return linked ? linked->attach_btf_id : UINT32_MAX;
  };
  EXPECT_EQ(id_of("tp_btf/sched_switch"), kernel.tracepoint);
  EXPECT_EQ(id_of("iter.s/task"), kernel.iterator);
  EXPECT_EQ(id_of("lsm/file_open"), kernel.hook);
  EXPECT_EQ(id_of("lsm_cgroup/file_open"), kernel.hook);
  EXPECT_EQ(id_of("fentry/do_nanosleep"), kernel.function);
  EXPECT_EQ(id_of("fexit/vmlinux:do_nanosleep"), kernel.function);
  EXPECT_EQ(id_of("raw_tp/sched_switch"), 0U);
}

TEST(Link, SuggestsWhatMayHaveBeenMeant) {
  const Kernel kernel;
  const Target target{kernel.b.btf()};
  ObjectBuilder b;
  b.add_function("main", b.add_code("tp_btf/sched_swich", {insn_exit}), 0, 1);
  const auto linked = link_program(parse(b), 0, target);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(linked.error().message(), HasSubstr("tracepoint 'sched_swich'"));
  EXPECT_THAT(linked.error().hints(), ElementsAre(HasSubstr("sched_switch")));
}

ObjectSpec open_basic() { return ObjectSpec::open(SKEP_TEST_OBJECTS "/link_basic.bpf.o").value(); }

TEST(Link, MergesFunctionAndLineInformation) {
  const auto spec = open_basic();
  const auto linked = link_program(spec, 0, {}).value();
  ASSERT_EQ(linked.function_info.size(), 4U);
  std::vector<std::string> names;
  std::uint32_t last = 0;
  for (const auto& info : linked.function_info) {
    names.emplace_back(spec.types.type(info.type).name());
    EXPECT_GE(info.instruction, last);
    last = info.instruction;
  }
  EXPECT_THAT(names, ElementsAre("on_enter", "global_helper", "add_one", "hidden_helper"));
  EXPECT_EQ(linked.function_info[0].instruction, 0U);
  // Every function begins with a line, as the kernel wants.
  for (const auto& info : linked.function_info) {
    EXPECT_TRUE(std::ranges::any_of(linked.line_info, [&](const LineInfo& line) {
      return line.instruction == info.instruction;
    }));
  }
  EXPECT_TRUE(std::ranges::is_sorted(linked.line_info, {}, &LineInfo::instruction));
}

// One function without: then the kernel gets none.
TEST(Link, LeavesPartialInformationOut) {
  auto spec = open_basic();
  spec.functions[2].line_info.clear();
  const auto linked = link_program(spec, 0, {}).value();
  EXPECT_TRUE(linked.line_info.empty());
  EXPECT_EQ(linked.function_info.size(), 4U);
}

TEST(Link, MakesHiddenThingsStatic) {
  const auto spec = open_basic();
  EXPECT_EQ(spec.types.find("hidden_helper", btf::Kind::func)->linkage(), btf::Linkage::static_);
  EXPECT_EQ(spec.types.find("global_helper", btf::Kind::func)->linkage(), btf::Linkage::global);
}

TEST(Link, NeedsNoTargetTypesForPlainPrograms) { EXPECT_FALSE(needs_target_types(open_basic())); }

}  // namespace
}  // namespace skep::object
