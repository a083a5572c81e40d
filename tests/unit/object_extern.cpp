// What an object expects the kernel to have: read, and resolved against kernels made by hand.
// Equality with libbpf is the oracle's matter; here stand the rules and the sentences.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "isa/opcode.hpp"
#include "object/link.hpp"
#include "unit/btf_builder.hpp"
#include "unit/object_builder.hpp"

namespace skep::object {
namespace {

using test::BtfBuilder;
using test::insn_call;
using test::insn_exit;
using test::insn_lddw;
using test::insn_second_slot;
using test::ObjectBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = ExternSpec::Kind;

// One extern "thing" of a section, referred to by an lddw or called.
struct Thing {
  BtfBuilder types;
  ObjectBuilder b;
  BtfBuilder::Id integer = types.add_int("int", 4, BtfBuilder::signed_);

  ObjectBuilder& variable(const char* section, BtfBuilder::Id type,
                          std::uint8_t binding = STB_GLOBAL, std::string_view name = "thing") {
    return finish(section, types.add_var(name, type, btf::Linkage::extern_), binding, name,
                  {insn_lddw(), insn_second_slot, insn_exit}, 1);
  }
  ObjectBuilder& function(const char* section, std::uint8_t binding = STB_GLOBAL,
                          std::string_view name = "thing") {
    const auto prototype = types.add_func_proto(integer, {{"", integer}});
    return finish(section, types.add_func(name, prototype, btf::Linkage::extern_), binding, name,
                  {insn_call(-1), insn_exit}, 10);
  }

 private:
  ObjectBuilder& finish(const char* section, BtfBuilder::Id id, std::uint8_t binding,
                        std::string_view name, const std::vector<Insn>& code,
                        std::uint32_t relocation) {
    if (section != nullptr) types.add_datasec(section, 0, {{id, 0, 4}});
    const auto symbol = b.add_symbol(name, STT_NOTYPE, binding, 0);
    const auto main = b.add_code("xdp", code);
    b.add_function("main", main, 0, static_cast<std::uint32_t>(code.size()));
    b.add_relocation(main, 0, symbol, relocation);
    b.add_section(".BTF", SHT_PROGBITS, 0, types.build());
    return b;
  }
};

ObjectSpec parse(const ObjectBuilder& builder) {
  return ObjectSpec::parse(builder.build(), "made").value();
}

std::string why(const ObjectBuilder& builder) {
  const auto spec = ObjectSpec::parse(builder.build(), "made");
  return spec ? "accepted" : spec.error().message();
}

ObjectSpec open(std::string_view name) {
  return ObjectSpec::open(fmt::format("{}/{}.bpf.o", SKEP_TEST_OBJECTS, name)).value();
}

TEST(Extern, HasAKindByItsSectionAndType) {
  const auto kind_of = [](const ObjectBuilder& b) { return parse(b).externs.at(0).kind; };
  EXPECT_EQ(kind_of(Thing().function(".ksyms")), Kind::function);
  Thing number;
  EXPECT_EQ(kind_of(number.variable(".ksyms", number.integer)), Kind::variable);
  Thing nothing;
  EXPECT_EQ(kind_of(nothing.variable(".ksyms", nothing.types.add_const(0))), Kind::address);
  Thing value;
  EXPECT_EQ(kind_of(value.variable(".kconfig", value.integer)), Kind::kconfig);
}

TEST(Extern, IsRefusedWhenNobodyHasIt) {
  Thing unclaimed, elsewhere;
  EXPECT_THAT(why(unclaimed.variable(nullptr, unclaimed.integer)), HasSubstr("does not define it"));
  EXPECT_THAT(why(elsewhere.variable(".mine", elsewhere.integer)), HasSubstr("does not define it"));
  ObjectBuilder bare;
  bare.add_symbol("thing", STT_NOTYPE, STB_GLOBAL, 0);
  EXPECT_THAT(why(bare), HasSubstr("'thing' is declared"));
  EXPECT_THAT(why(Thing().function(".kconfig")), HasSubstr("__kconfig has only variables"));
}

TEST(Extern, ConfigurationValuesHaveOnlySomeTypes) {
  const auto why_type = [](auto make) {
    Thing thing;
    return why(thing.variable(".kconfig", make(thing.types)));
  };
  EXPECT_THAT(why_type([](auto& t) { return t.add_struct("pair", 4, {}); }),
              HasSubstr("'thing' is a struct pair: no value"));
  EXPECT_THAT(why_type([](auto& t) { return t.add_int("__int128", 16); }), HasSubstr("no value"));
  EXPECT_THAT(why_type([](auto& t) { return t.add_enum("other", 4, {}); }), HasSubstr("no value"));
  EXPECT_THAT(why_type([](auto& t) { return t.add_array(t.add_int("char", 1), 0); }),
              HasSubstr("no value"));
  EXPECT_EQ(why_type([](auto& t) { return t.add_array(t.add_int("char", 1), 1); }), "accepted");
  EXPECT_EQ(why_type([](auto& t) { return t.add_enum("libbpf_tristate", 4, {}); }), "accepted");
}

// By alignment, size and name: no place is wasted but before texts.
TEST(Extern, HasItsPlaceInKconfig) {
  const auto spec = open("extern_kconfig_layout");
  std::vector<std::string> places;
  for (const auto& item : spec.externs) {
    places.push_back(fmt::format("{} {} {}", item.name, item.offset, item.size));
  }
  EXPECT_THAT(places,
              ElementsAre("CONFIG_HZ 0 8", "CONFIG_BPF_SYSCALL 8 4", "CONFIG_LOG_BUF_SHIFT 12 4",
                          "CONFIG_NR_CPUS 16 2", "CONFIG_BPF 18 1", "CONFIG_CC_VERSION_TEXT 19 2",
                          "CONFIG_DEFAULT_HOSTNAME 21 3"));
  const auto& map = spec.maps.back();
  EXPECT_EQ(map.name, ".kconfig");
  EXPECT_EQ(map.section, DataSection::kconfig);
  EXPECT_EQ(map.value_size, 24U);
  EXPECT_EQ(spec.types.type(map.value_type).size(), 24U);
}

// The kernel takes no BTF with something undefined in it.
TEST(Extern, LeavesNothingUndefinedInTheTypes) {
  const auto spec = open("extern_mixed");
  for (btf::TypeId id = 1; id < spec.types.end_id(); ++id) {
    EXPECT_NE(spec.types.type(id).linkage(), btf::Linkage::extern_) << spec.types.type(id).name();
  }
  const auto section = *spec.types.find(".ksyms", btf::Kind::datasec);
  EXPECT_EQ(section.size(), 4 * section.vlen());
  for (std::uint32_t i = 0; i < section.vlen(); ++i) {
    EXPECT_EQ(spec.types.type(section.variable(i).type).kind(), btf::Kind::var);
    EXPECT_EQ(section.variable(i).offset, 4 * i);
  }
  EXPECT_TRUE(spec.types.find("dummy_ksym", btf::Kind::var));
}

TEST(Extern, SaysWhatItNeedsOfTheTarget) {
  const auto mixed = needs_of(open("extern_mixed"));
  EXPECT_TRUE(mixed.types && mixed.kconfig && mixed.version);
  EXPECT_FALSE(mixed.bpf_cookie || mixed.syscall_wrapper);
  EXPECT_THAT(mixed.symbols, ElementsAre("schedule"));
  const auto linux_only = needs_of(open("extern_kconfig_linux"));
  EXPECT_TRUE(linux_only.version && linux_only.bpf_cookie);
  EXPECT_FALSE(linux_only.types || linux_only.kconfig);
  const auto plain = needs_of(open("link_basic"));
  EXPECT_FALSE(plain.types || plain.kconfig || plain.version);
  EXPECT_THAT(plain.symbols, IsEmpty());
}

// A kernel that has: int thing(int), a per-CPU int counter; and a module on top of it.
struct Kernel {
  BtfBuilder b, m;
  BtfBuilder::Id function, variable, in_module, counter_in_module;
  Target target;
  Kernel() {
    const auto integer = b.add_int("int", 4, BtfBuilder::signed_);
    function = b.add_func("thing", b.add_func_proto(integer, {{"a", integer}}));
    variable = b.add_var("counter", integer);
    m = BtfBuilder::split_on(b);
    in_module = m.add_func("toy", m.add_func_proto(integer, {{"a", integer}}));
    counter_in_module = m.add_var("toy_counter", integer);
    target.types = b.btf();
    target.modules.push_back({"other", BtfBuilder::split_on(b).btf(b.btf())});
    target.modules.push_back({"playground", m.btf(b.btf())});
    target.symbols = {{"here", 0xffffffff81000040}, {"twice", 1}, {"twice", 2}};
  }
};

Result<LinkedProgram> link(const ObjectBuilder& b, const Target& target) {
  return link_program(parse(b), 0, target);
}

std::string refusal(const ObjectBuilder& b, const Target& target) {
  const auto linked = link(b, target);
  return linked ? "accepted" : linked.error().message();
}

TEST(Extern, CallsBecomeCallsOfTheKernel) {
  const Kernel kernel;
  const auto linked = link(Thing().function(".ksyms"), kernel.target).value();
  EXPECT_EQ(linked.instructions[0].src(), isa::pseudo_kfunc_call);
  EXPECT_EQ(linked.instructions[0].imm, static_cast<std::int32_t>(kernel.function));
  EXPECT_EQ(linked.instructions[0].off, 0);
  EXPECT_THAT(linked.fd_modules, IsEmpty());
  // What follows ___ is there to tell prototypes apart.
  const auto flavour = link(Thing().function(".ksyms", STB_GLOBAL, "thing___v2"), kernel.target);
  EXPECT_EQ(flavour.value().instructions[0].imm, static_cast<std::int32_t>(kernel.function));
}

TEST(Extern, CallsOfModulesGoByTheirDescriptor) {
  const Kernel kernel;
  const auto linked = link(Thing().function(".ksyms", STB_GLOBAL, "toy"), kernel.target).value();
  EXPECT_EQ(linked.instructions[0].imm, static_cast<std::int32_t>(kernel.in_module));
  EXPECT_EQ(linked.instructions[0].off, 1);
  EXPECT_THAT(linked.fd_modules, ElementsAre(1U));
  Thing counter;
  const auto address =
      link(counter.variable(".ksyms", counter.integer, STB_GLOBAL, "toy_counter"), kernel.target)
          .value();
  EXPECT_EQ(address.instructions[0].src(), isa::pseudo_btf_id);
  EXPECT_EQ(address.instructions[0].imm, static_cast<std::int32_t>(kernel.counter_in_module));
  ASSERT_EQ(address.modules.size(), 1U);
  EXPECT_EQ(address.modules[0].instruction, 0U);
  EXPECT_EQ(address.modules[0].module, 1U);
}

TEST(Extern, ModulesAreNeededOnlyForWhatTheKernelLacks) {
  Kernel kernel;
  kernel.target.modules.clear();
  const auto needs = [&](const ObjectBuilder& b) {
    const auto spec = parse(b);
    return Linker::create(spec, kernel.target).value().needs_modules();
  };
  EXPECT_FALSE(needs(Thing().function(".ksyms")).any());
  EXPECT_TRUE(needs(Thing().function(".ksyms", STB_WEAK, "toy")).all);
  ObjectBuilder hook;
  hook.add_function("main", hook.add_code("fentry/playground:toy", {insn_exit}), 0, 1);
  EXPECT_FALSE(needs(hook).all);
  EXPECT_THAT(needs(hook).names, ElementsAre("playground"));
}

TEST(Extern, HooksAreFoundInModules) {
  const Kernel kernel;
  const auto linked_to = [&](std::string_view section) {
    ObjectBuilder b;
    b.add_function("main", b.add_code(section, {insn_exit}), 0, 1);
    return link(b, kernel.target);
  };
  for (const auto* section : {"fentry/playground:toy", "fexit/toy"}) {
    const auto linked = linked_to(section).value();
    EXPECT_EQ(linked.attach_btf_id, kernel.in_module);
    EXPECT_EQ(linked.attach_module, 1U);
  }
  EXPECT_FALSE(linked_to("fentry/thing").value().attach_module);
  // Named, it is looked for there only.
  const auto elsewhere = linked_to("fentry/other:toy");
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(elsewhere.error().message(), HasSubstr("module 'other' has no function 'toy'"));
  EXPECT_THAT(linked_to("fentry/gone:thing").error().message(), HasSubstr("is not loaded"));
}

TEST(Extern, AddressesComeFromTheSymbols) {
  const Kernel kernel;
  const auto address = [&](std::string_view name, std::uint8_t binding) {
    Thing thing;
    return link(thing.variable(".ksyms", 0, binding, name), kernel.target);
  };
  const auto here = address("here", STB_GLOBAL).value();
  EXPECT_EQ(isa::wide_immediate(here.instructions[0], here.instructions[1]), 0xffffffff81000040U);
  EXPECT_EQ(here.instructions[0].src(), 0);
  const auto gone = address("gone", STB_WEAK).value();
  EXPECT_EQ(isa::wide_immediate(gone.instructions[0], gone.instructions[1]), 0U);
  EXPECT_THAT(address("gone", STB_GLOBAL).error().message(), HasSubstr("no symbol 'gone'"));
  EXPECT_THAT(address("twice", STB_WEAK).error().message(), HasSubstr("at 0x1 and 0x2"));
}

TEST(Extern, WeakOnesMayBeMissing) {
  const Kernel kernel;
  const auto call = link(Thing().function(".ksyms", STB_WEAK, "gone"), kernel.target).value();
  EXPECT_EQ(call.instructions[0], (Insn{.code = isa::code_call, .imm = poison_kfunc}));
  Thing variable;
  const auto none =
      link(variable.variable(".ksyms", variable.integer, STB_WEAK, "gone"), kernel.target).value();
  EXPECT_EQ(none.instructions[0], insn_lddw());
  EXPECT_EQ(none.instructions[1], insn_second_slot);
}

TEST(Extern, StrongOnesMustBeThere) {
  const Kernel kernel;
  const auto linked = link(Thing().function(".ksyms", STB_GLOBAL, "thingy"), kernel.target);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().kind(), ErrorKind::not_found);
  EXPECT_EQ(linked.error().message(), "the kernel's types have no function 'thingy'");
  EXPECT_THAT(linked.error().hints(),
              ElementsAre(HasSubstr("did you mean 'thing'?"), HasSubstr("bpf_ksym_exists")));
  EXPECT_THAT(refusal(Thing().function(".ksyms"), {}), HasSubstr("types of the target kernel"));
}

TEST(Extern, TypesMustAgree) {
  Kernel kernel;
  Thing other;
  const auto pointer = other.types.add_ptr(other.integer);
  EXPECT_EQ(refusal(other.variable(".ksyms", pointer, STB_WEAK, "counter"), kernel.target),
            "'counter' is declared as int *, and the kernel has it as int");
  // A function of another prototype is none, if it is weak.
  kernel.target.types = [] {
    BtfBuilder b;
    b.add_func("thing", b.add_func_proto(0));
    return b.btf();
  }();
  kernel.target.modules.clear();
  EXPECT_EQ(refusal(Thing().function(".ksyms"), kernel.target),
            "'thing' is declared as int (int), and the kernel has it as void (void)");
  const auto weak = link(Thing().function(".ksyms", STB_WEAK), kernel.target).value();
  EXPECT_EQ(weak.instructions[0].imm, poison_kfunc);
}

TEST(Extern, CallOfAVariableIsRefused) {
  Thing thing;
  auto& b = thing.variable(".ksyms", thing.integer);
  const auto main = b.add_code("tc", {insn_call(-1), insn_exit});
  b.add_function("second", main, 0, 2);
  b.add_relocation(main, 0, 1, 10);
  EXPECT_THAT(why(b), HasSubstr("'thing' is called, but is a variable"));
}

TEST(Extern, IndicesOfEditedSpecsAreChecked) {
  auto spec = parse(Thing().function(".ksyms"));
  spec.externs.clear();
  EXPECT_THAT(link_program(spec, 0, {}).error().message(), HasSubstr("extern 0, of 0"));
  auto values = open("extern_kconfig_linux");
  values.externs[0].offset = 1000;
  EXPECT_THAT(link_program(values, 0, {}).error().message(), HasSubstr("bytes at 1000"));
  values.externs[0].offset = 0;
  values.externs[0].size = 1U << 31;
  EXPECT_EQ(link_program(values, 0, {}).error().kind(), ErrorKind::bad_input);
  values.externs[0].size = 4;
  values.externs[0].type = values.types.end_id();
  EXPECT_EQ(link_program(values, 0, {}).error().kind(), ErrorKind::bad_input);
}

}  // namespace
}  // namespace skep::object
