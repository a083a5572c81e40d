// What ObjectSpec says of an object: compiled ones, and the ones that no compiler makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "skep/spec.hpp"
#include "unit/btf_builder.hpp"
#include "unit/object_builder.hpp"

namespace skep {
namespace {

using test::BtfBuilder;
using test::ObjectBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

ObjectSpec open_basic() { return ObjectSpec::open(SKEP_TEST_OBJECTS "/link_basic.bpf.o").value(); }

template <typename List>
std::vector<std::string> names_of(const List& list) {
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(item.name);
  return names;
}

Result<ObjectSpec> parse(const ObjectBuilder& builder) {
  return ObjectSpec::parse(builder.build(), "made");
}

// Why the object is refused.
std::string why(const ObjectBuilder& builder) {
  const auto spec = parse(builder);
  if (spec) return "accepted";
  std::string text = spec.error().message();
  for (const auto& hint : spec.error().hints()) text += "\n" + hint;
  return text;
}

const std::vector<Insn> nothing = {test::insn_return_zero, test::insn_exit};

ObjectSpec with_sections(const std::vector<std::string>& sections) {
  ObjectBuilder builder;
  for (const auto& section : sections) {
    const auto code = builder.add_code(section, nothing);
    builder.add_function("p" + std::to_string(&section - sections.data()), code, 0, 2);
  }
  return parse(builder).value();
}

TEST(ObjectSpec, ASectionNameOfOnesOwn) {
  auto spec = with_sections({"on_call/openat", "?on_call/close", "xdp"});
  EXPECT_EQ(spec.programs[0].type, ProgramType::unspecified);
  EXPECT_EQ(spec.define_section("on_call/", "tracepoint/syscalls/sys_enter_").value(), 2U);
  const auto& open = *spec.find_program("p0");
  EXPECT_EQ(open.type, ProgramType::tracepoint);
  EXPECT_EQ(open.attach_to, "syscalls/sys_enter_openat");
  EXPECT_EQ(open.section, "tracepoint/syscalls/sys_enter_openat");
  EXPECT_TRUE(open.autoload);
  const auto& close = *spec.find_program("p1");
  EXPECT_EQ(close.section, "?tracepoint/syscalls/sys_enter_close");
  EXPECT_FALSE(close.autoload);
  EXPECT_EQ(spec.find_program("p2")->section, "xdp");
}

// A whole name, with an attach type and a flag.
TEST(ObjectSpec, ASectionNameOfOnesOwnTakesTheFlags) {
  auto spec = with_sections({"firewall"});
  EXPECT_EQ(spec.define_section("firewall", "xdp.frags").value(), 1U);
  const auto known = with_sections({"xdp.frags"});
  EXPECT_EQ(spec.programs[0].flags, known.programs[0].flags);
  EXPECT_EQ(spec.programs[0].attach_type, known.programs[0].attach_type);
  EXPECT_NE(spec.programs[0].flags, 0U);
}

TEST(ObjectSpec, ASectionNameThatStandsForNothingChangesNothing) {
  auto spec = with_sections({"a/tp/sched/x", "a/y"});
  const auto defined = spec.define_section("a/", "");
  ASSERT_FALSE(defined.has_value());
  EXPECT_THAT(defined.error().message(), HasSubstr("SEC(\"a/y\")"));
  EXPECT_EQ(spec.programs[0].section, "a/tp/sched/x");
  EXPECT_EQ(spec.define_section("b/", "tp/").value(), 0U);
  EXPECT_FALSE(spec.define_section("", "tp/").has_value());
}

TEST(ObjectSpec, FindsProgramsAndSubprograms) {
  const auto spec = open_basic();
  EXPECT_EQ(spec.name, "link_basic");
  EXPECT_EQ(spec.license, "Dual MIT/GPL");
  EXPECT_THAT(names_of(spec.functions),
              ElementsAre("global_helper", "add_one", "hidden_helper", "on_enter", "on_exit"));
  EXPECT_TRUE(spec.functions[0].global);
  EXPECT_FALSE(spec.functions[1].global);
  EXPECT_FALSE(spec.functions[2].global);
  ASSERT_THAT(names_of(spec.programs), ElementsAre("on_enter", "on_exit"));
  const auto& enter = spec.programs[0];
  EXPECT_EQ(enter.type, ProgramType::tracepoint);
  EXPECT_EQ(enter.attach_to, "syscalls/sys_enter_execve");
  EXPECT_TRUE(enter.autoload);
  EXPECT_EQ(spec.programs[1].section, "?raw_tp/sched_process_exit");
  EXPECT_FALSE(spec.programs[1].autoload);
}

TEST(ObjectSpec, ReadsMapDefinitions) {
  const auto spec = open_basic();
  const auto* events = spec.find_map("events");
  ASSERT_NE(events, nullptr);
  EXPECT_EQ(events->type, MapType::ringbuf);
  EXPECT_EQ(events->max_entries, 131072U);  // 100000, up to a page times a power of two
  EXPECT_EQ(spec.types.c_name(events->value_type), "struct event");
  const auto* counts = spec.find_map("counts");
  ASSERT_NE(counts, nullptr);
  EXPECT_EQ(counts->type, MapType::hash);
  EXPECT_EQ(counts->key_size, 4U);
  EXPECT_EQ(counts->value_size, 8U);
  EXPECT_EQ(counts->max_entries, 1024U);
  EXPECT_EQ(counts->flags, 1U);
  EXPECT_EQ(counts->section_name, ".maps");
  EXPECT_GT(counts->section_offset, 0U);
}

TEST(ObjectSpec, MakesMapsOfDataSections) {
  const auto spec = open_basic();
  EXPECT_THAT(names_of(spec.maps),
              ElementsAre("events", "counts", ".rodata", ".data", ".data.custom", ".bss"));
  const auto* rodata = spec.find_map(".rodata");
  EXPECT_EQ(rodata->section, DataSection::rodata);
  EXPECT_EQ(rodata->kernel_name, "link_bas.rodata");
  EXPECT_EQ(rodata->flags, 0x480U);  // BPF_F_RDONLY_PROG | BPF_F_MMAPABLE
  EXPECT_EQ(rodata->value_size, 21U);
  EXPECT_EQ(spec.find_map(".data.custom")->kernel_name, ".data.custom");
  const auto* bss = spec.find_map(".bss");
  EXPECT_EQ(bss->section, DataSection::bss);
  EXPECT_EQ(bss->flags, 0x400U);
  EXPECT_TRUE(bss->contents.empty());
  EXPECT_EQ(spec.types.type(bss->value_type).size(), 16U);  // which the compiler left at 0
}

TEST(ObjectSpec, FindsVariables) {
  const auto spec = open_basic();
  EXPECT_THAT(names_of(spec.variables), ElementsAre("target_pid", "prefix", "verbose", "total",
                                                    "custom", "seen", "hidden_count"));
  const auto* prefix = spec.find_variable("prefix");
  EXPECT_EQ(spec.maps[prefix->map].name, ".rodata");
  EXPECT_EQ(prefix->offset, 4U);
  EXPECT_EQ(prefix->size, 16U);
  EXPECT_EQ(spec.bytes_of(*prefix)[2], std::byte{'c'});
  EXPECT_EQ(spec.bytes_of(*spec.find_variable("total"))[0], std::byte{7});
  EXPECT_EQ(spec.bytes_of(*spec.find_variable("seen"))[0], std::byte{0});
}

std::uint64_t value_of(const ObjectSpec& spec, std::string_view name) {
  std::uint64_t value = 0;
  const auto bytes = spec.bytes_of(*spec.find_variable(name));
  std::memcpy(&value, bytes.data(), std::min<std::size_t>(bytes.size(), 8));
  return value;
}

TEST(ObjectSpecSet, WritesNumbers) {
  auto spec = open_basic();
  EXPECT_TRUE(spec.set("target_pid", 4000000000U));
  EXPECT_EQ(value_of(spec, "target_pid"), 4000000000U);
  EXPECT_TRUE(spec.set("verbose", true));
  EXPECT_EQ(value_of(spec, "verbose"), 1U);
  EXPECT_TRUE(spec.set("seen", 99));  // in .bss: the contents grow
  EXPECT_EQ(value_of(spec, "seen"), 99U);
  EXPECT_TRUE(spec.set("total", UINT64_MAX));
  EXPECT_EQ(value_of(spec, "total"), UINT64_MAX);
  EXPECT_EQ(value_of(spec, "custom"), 3U);
}

TEST(ObjectSpecSet, RefusesWhatDoesNotFit) {
  auto spec = open_basic();
  const auto message = [](const Result<void>& result) { return result.error().message(); };
  EXPECT_THAT(message(spec.set("target_pid", 1LL << 32)), HasSubstr("4294967296 does not fit"));
  EXPECT_THAT(message(spec.set("target_pid", -1)), HasSubstr("-1 does not fit"));
  EXPECT_THAT(message(spec.set("verbose", 2)), HasSubstr("_Bool"));
  EXPECT_THAT(message(spec.set("prefix", 5)), HasSubstr("not a number"));
  EXPECT_THAT(message(spec.set("target_pid", "5")), HasSubstr("not a char array"));
  EXPECT_EQ(value_of(spec, "target_pid"), 0U);
}

TEST(ObjectSpecSet, WritesText) {
  auto spec = open_basic();
  EXPECT_TRUE(spec.set("prefix", "/usr/bin/firefo"));  // 15, and the NUL
  EXPECT_TRUE(spec.set("prefix", "x"));                // and nothing of what was there
  const auto bytes = spec.bytes_of(*spec.find_variable("prefix"));
  EXPECT_EQ(bytes[0], std::byte{'x'});
  EXPECT_EQ(std::ranges::count(bytes, std::byte{0}), 15);
  EXPECT_THAT(spec.set("prefix", "0123456789abcdef").error().message(), HasSubstr("15 bytes"));
}

TEST(ObjectSpecSet, WritesBytes) {
  auto spec = open_basic();
  const std::vector<std::byte> four(4, std::byte{1});
  EXPECT_TRUE(spec.set("custom", std::span(four)));
  EXPECT_EQ(value_of(spec, "custom"), 0x01010101U);
  EXPECT_THAT(spec.set("total", std::span(four)).error().message(), HasSubstr("8 bytes, not 4"));
}

TEST(ObjectSpecSet, NamesWhatThereIs) {
  auto spec = open_basic();
  const auto result = spec.set("targt_pid", 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(result.error().hints(), ElementsAre(HasSubstr("target_pid")));
  EXPECT_THAT(spec.set("zzzzzzzzzz", 1).error().hints(), ElementsAre(HasSubstr("verbose")));
}

// Objects without BTF: sizes and places come from the symbols.
TEST(ObjectSpec, WorksWithoutTypes) {
  ObjectBuilder b;
  b.add_function("main", b.add_code("xdp", nothing), 0, 2);
  const auto data = b.add_data(".data", std::string_view("\1\0\0\0abc", 7));
  b.add_symbol("second", STT_OBJECT, STB_GLOBAL, data, 4, 3);
  b.add_symbol("first", STT_OBJECT, STB_GLOBAL, data, 0, 4);
  auto spec = parse(b).value();
  EXPECT_THAT(names_of(spec.variables), ElementsAre("first", "second"));
  EXPECT_EQ(spec.maps[0].flags, 0U);  // not mmapable: nothing in it has a type
  EXPECT_TRUE(spec.set("first", -1));
  EXPECT_EQ(value_of(spec, "first"), 0xffffffffU);
}

// Two variables of a section, the later one named first, as a static linker may leave them.
struct TypedData {
  BtfBuilder types;
  ObjectBuilder b;

  explicit TypedData(btf::Linkage linkage, std::uint32_t section_size) {
    const auto integer = types.add_int("int", 4, BtfBuilder::signed_);
    const auto high = types.add_var("high", integer, linkage);
    const auto low = types.add_var("low", integer, linkage);
    types.add_datasec(".data", section_size, {{high, 4, 4}, {low, 0, 4}});
    const auto data = b.add_data(".data", "12345678");
    b.add_symbol("low", STT_OBJECT, STB_GLOBAL, data, 0, 4);
    b.add_symbol("high", STT_OBJECT, STB_GLOBAL, data, 4, 4, STV_HIDDEN);
    b.add_section(".BTF", SHT_PROGBITS, 0, types.build());
  }
};

TEST(ObjectSpec, CompletesTypes) {
  auto spec = parse(TypedData(btf::Linkage::global, 0).b).value();
  const auto section = spec.types.find(".data", btf::Kind::datasec);
  EXPECT_EQ(section->size(), 8U);
  EXPECT_EQ(spec.types.type(section->variable(0).type).name(), "low");
  EXPECT_EQ(section->variable(1).offset, 4U);
  EXPECT_EQ(spec.types.find("low", btf::Kind::var)->linkage(), btf::Linkage::global);
  EXPECT_EQ(spec.types.find("high", btf::Kind::var)->linkage(), btf::Linkage::static_);
  EXPECT_EQ(spec.maps[0].flags, 0x400U);  // for the one that is global
  EXPECT_EQ(parse(TypedData(btf::Linkage::static_, 8).b).value().maps[0].flags, 0U);
}

TEST(ObjectSpec, RefusesTypesThatNameWhatIsNotThere) {
  TypedData missing(btf::Linkage::global, 0);
  ObjectBuilder b;
  b.add_section(".BTF", SHT_PROGBITS, 0, missing.types.build());
  EXPECT_THAT(why(b), HasSubstr("section .data, which the file lacks"));
  b.add_data(".data", "12345678");
  EXPECT_THAT(why(b), HasSubstr("'high', which is no symbol"));
}

TEST(ObjectSpecSet, KnowsSigns) {
  auto spec = parse(TypedData(btf::Linkage::global, 0).b).value();
  EXPECT_TRUE(spec.set("low", INT32_MIN));
  EXPECT_TRUE(spec.set("low", INT32_MAX));
  EXPECT_FALSE(spec.set("low", std::int64_t{INT32_MAX} + 1));
  EXPECT_FALSE(spec.set("low", std::int64_t{INT32_MIN} - 1));
  EXPECT_EQ(value_of(spec, "low"), static_cast<std::uint64_t>(INT32_MAX));
}

// A map's definition: what its members are called and point to.
std::string why_map(const std::function<std::vector<BtfBuilder::Member>(BtfBuilder&)>& members,
                    btf::Linkage linkage = btf::Linkage::global) {
  BtfBuilder types;
  const auto list = members(types);
  const auto size = static_cast<std::uint32_t>(list.size()) * 8;
  const auto variable = types.add_var("m", types.add_struct("", size, list), linkage);
  types.add_datasec(".maps", 0, {{variable, 0, size}});
  ObjectBuilder b;
  const auto maps = b.add_data(".maps", std::string(size, '\0'));
  b.add_symbol("m", STT_OBJECT, STB_GLOBAL, maps, 0, size);
  b.add_section(".BTF", SHT_PROGBITS, 0, types.build());
  return why(b);
}

// __uint(name, value)
BtfBuilder::Member number(BtfBuilder& b, std::string_view name, std::uint32_t value) {
  const auto integer = b.add_int("int", 4);
  return {name, b.add_ptr(b.add_array(integer, value, integer)), 0};
}

TEST(ObjectSpec, ChecksMapDefinitions) {
  using Members = std::vector<BtfBuilder::Member>;
  const auto typed = [](BtfBuilder& b) { return Members{number(b, "type", 1)}; };
  EXPECT_EQ(why_map(typed), "accepted");
  EXPECT_THAT(why_map(typed, btf::Linkage::static_), HasSubstr("map 'm' is static"));
  EXPECT_THAT(why_map([](BtfBuilder& b) { return Members{number(b, "type", 0)}; }),
              HasSubstr("map 'm': it has no type"));
  EXPECT_THAT(why_map([](BtfBuilder& b) { return Members{number(b, "colour", 1)}; }),
              HasSubstr("attribute 'colour'"));
  EXPECT_THAT(why_map([](BtfBuilder& b) {
                return Members{number(b, "key_size", 4), number(b, "key_size", 8)};
              }),
              HasSubstr("8 bytes here, 4 bytes elsewhere"));
  EXPECT_THAT(why_map([](BtfBuilder& b) { return Members{{"type", b.add_int("int", 4), 0}}; }),
              HasSubstr("not an integer made by __uint()"));
  EXPECT_THAT(why_map([](BtfBuilder& b) { return Members(65, number(b, "type", 1)); }),
              HasSubstr("65 attributes"));
}

TEST(ObjectSpec, NamesDataSectionsAsLibbpfDoes) {
  const auto name_for = [](std::string_view object, std::string_view section) {
    ObjectBuilder b;
    b.add_data(section, "x");
    b.add_function("main", b.add_code("xdp", nothing), 0, 2);
    return ObjectSpec::parse(b.build(), object).value().maps[0].kernel_name;
  };
  EXPECT_EQ(name_for("my_object_name", ".rodata"), "my_objec.rodata");
  EXPECT_EQ(name_for("my_object_name", ".data"), "my_objec.data");
  EXPECT_EQ(name_for("ab", ".data"), "ab.data");
  EXPECT_EQ(name_for("my object", ".data"), "my_objec.data");
  EXPECT_EQ(name_for("my_object_name", ".rodata.abracadabra"), ".rodata.abracad");
  EXPECT_EQ(name_for("my_object_name", ".data.x"), ".data.x");
}

TEST(ObjectSpec, KeepsUnknownSectionsForTheirUserToName) {
  ObjectBuilder b;
  b.add_function("main", b.add_code("my/own", nothing), 0, 2);
  const auto spec = parse(b).value();
  EXPECT_EQ(spec.programs[0].type, ProgramType::unspecified);
  EXPECT_EQ(spec.programs[0].section, "my/own");
}

TEST(ObjectSpec, RefusesStaticPrograms) {
  ObjectBuilder b;
  b.add_function("main", b.add_code("xdp", nothing), 0, 2, STB_LOCAL);
  EXPECT_THAT(why(b), HasSubstr("program 'main' is static"));
}

TEST(ObjectSpec, RefusesOldMaps) {
  ObjectBuilder b;
  b.add_data("maps", "whatever");
  EXPECT_THAT(why(b), HasSubstr("SEC(\".maps\")"));
}

TEST(ObjectSpec, RefusesMapsWithoutTypes) {
  ObjectBuilder b;
  b.add_data(".maps", "12345678");
  EXPECT_THAT(why(b), HasSubstr("clang -g"));
}

TEST(ObjectSpec, RefusesSectionsThatNothingDescribes) {
  for (const char* name : {".struct_ops", ".struct_ops.link", "?.struct_ops", ".addr_space.1"}) {
    ObjectBuilder b;
    b.add_data(name, "12345678");
    EXPECT_EQ(parse(b).error().kind(), ErrorKind::bad_input) << name;
    EXPECT_THAT(why(b), HasSubstr(name));
  }
}

// A table of functions: struct ops {int number; void (*call)(void);} made twice in one section.
struct StructOps {
  BtfBuilder types;
  ObjectBuilder b;
  ObjectBuilder::Index section = 0;
  std::uint32_t function = 0;

  StructOps(std::uint32_t second_offset, std::string_view program_section) {
    const auto number = types.add_int("int", 4);
    const auto pointer = types.add_ptr(types.add_func_proto(0));
    const auto ops = types.add_struct("ops", 16, {{"number", number, 0}, {"call", pointer, 64}});
    const auto one = types.add_var("one", ops), two = types.add_var("two", ops);
    types.add_datasec(".struct_ops", 32, {{one, 0, 16}, {two, second_offset, 16}});
    section = b.add_data(".struct_ops", std::string(32, '\0'));
    b.add_symbol("one", STT_OBJECT, STB_GLOBAL, section, 0, 16);
    b.add_symbol("two", STT_OBJECT, STB_GLOBAL, section, second_offset, 8);
    function = b.add_function("call", b.add_code(program_section, {test::insn_exit}), 0, 1);
  }
  std::string why_not() {
    b.add_section(".BTF", SHT_PROGBITS, 0, types.build());
    return why(b);
  }
};

TEST(ObjectSpec, RefusesTablesOfFunctionsThatMakeNoSense) {
  EXPECT_THAT(StructOps(8, "struct_ops").why_not(), HasSubstr("'two' overlaps another one"));
  EXPECT_THAT(StructOps(24, "struct_ops").why_not(), HasSubstr("beyond the section's end"));
  const auto with_pointer = [](std::uint64_t offset, std::string_view program_section) {
    StructOps ops(16, program_section);
    ops.b.add_relocation(ops.section, offset, ops.function);
    return ops.why_not();
  };
  EXPECT_EQ(with_pointer(24, "struct_ops/call"), "accepted");
  EXPECT_THAT(with_pointer(16, "struct_ops"),
              HasSubstr("'two' has no pointer to a function there"));
  EXPECT_THAT(with_pointer(12, "struct_ops"),
              HasSubstr("'one' has no pointer to a function there"));
  EXPECT_THAT(with_pointer(8, "xdp"), HasSubstr("'call', which is no struct_ops program"));
}

TEST(ObjectSpec, RefusesAFileThatIsNone) {
  EXPECT_EQ(ObjectSpec::open("/no/such/file").error().kind(), ErrorKind::not_found);
  EXPECT_FALSE(ObjectSpec::open("/"));
  EXPECT_FALSE(ObjectSpec::parse({}, "empty"));
  EXPECT_FALSE(ObjectSpec::open("/proc/self/exe"));
}

TEST(ObjectSpec, RefusesAVersionThatIsNone) {
  ObjectBuilder b;
  b.add_data("version", "123");
  EXPECT_THAT(why(b), HasSubstr("section version: 3 bytes"));
}

// 256 MiB is the documented limit; nothing of what a file claims is allocated.
TEST(ObjectSpec, RefusesClaimsOfGigabytes) {
  ObjectBuilder large;
  large.add_bss(".bss", max_data_section_bytes);
  EXPECT_EQ(why(large), "accepted");
  ObjectBuilder larger;
  larger.add_bss(".bss", max_data_section_bytes + 1);
  EXPECT_EQ(parse(larger).error().kind(), ErrorKind::limit);
  ObjectBuilder huge;
  huge.add_bss(".bss", UINT64_MAX);
  EXPECT_THAT(why(huge), HasSubstr("claims"));
}

TEST(ObjectSpec, RefusesFunctionsOnTopOfEachOther) {
  ObjectBuilder b;
  const auto code = b.add_code("xdp", nothing);
  for (int i = 0; i < 5; ++i) b.add_function("f" + std::to_string(i), code, 0, 2);
  EXPECT_THAT(why(b), HasSubstr("overlap"));
}

TEST(ObjectSpec, RefusesFunctionsThatAreNone) {
  const auto why_function = [](std::uint64_t value, std::uint64_t size) {
    ObjectBuilder b;
    b.add_symbol("f", STT_FUNC, STB_GLOBAL, b.add_code("xdp", nothing), value, size);
    return why(b);
  };
  EXPECT_THAT(why_function(0, 0), HasSubstr("no instructions"));
  EXPECT_THAT(why_function(0, 12), HasSubstr("no instructions"));
  EXPECT_THAT(why_function(4, 8), HasSubstr("no instructions"));
  EXPECT_NE(why_function(8, 16), "accepted");  // beyond the end: elf/ says so
}

TEST(ObjectSpec, RefusesSectionsOfOneName) {
  ObjectBuilder b;
  b.add_function("f", b.add_code("xdp", nothing), 0, 2);
  b.add_function("g", b.add_code("xdp", nothing), 0, 2);
  EXPECT_THAT(why(b), HasSubstr("two sections are named xdp"));
}

// A file of a few megabytes may hold many sections and symbols: no quadratic work.
TEST(ObjectSpec, TakesManyFunctionsInLittleTime) {
  constexpr std::uint32_t count = 50000;
  ObjectBuilder b;
  std::vector<Insn> code;
  for (std::uint32_t i = 0; i < count; ++i) code.insert(code.end(), nothing.begin(), nothing.end());
  const auto text = b.add_code(".text", code);
  for (std::uint32_t i = 0; i < count; ++i) b.add_function("f" + std::to_string(i), text, 2 * i, 2);
  const auto bytes = b.build();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ObjectSpec::parse(bytes, "many").value().functions.size(), count);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(SpecNames, AreBpftools) {
  EXPECT_EQ(name_of(MapType::ringbuf), "ringbuf");
  EXPECT_EQ(name_of(MapType::arena), "arena");
  EXPECT_EQ(name_of(static_cast<MapType>(1000)), "");
  EXPECT_EQ(name_of(ProgramType::raw_tracepoint), "raw_tracepoint");
  EXPECT_EQ(name_of(ProgramType::netfilter), "netfilter");
  EXPECT_EQ(name_of(static_cast<ProgramType>(1000)), "");
}

}  // namespace
}  // namespace skep
