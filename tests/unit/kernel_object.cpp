// Object::load before a kernel that does as it is told: what it sends, and that whatever fails, at
// whichever call, leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "skep/object.hpp"
#include "skep/session.hpp"
#include "unit/btf_builder.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using kernel::Command;
using test::FakeSyscalls;
using test::open_descriptors;

// ring_sequence: five maps, of which one is read-only data and two more are data; one program; BTF.
ObjectSpec spec(const std::string& name = "ring_sequence") {
  auto spec = ObjectSpec::open(SKEP_TEST_OBJECTS "/" + name + ".bpf.o");
  if (!spec) {
    ADD_FAILURE() << spec.error().message();
    return {};
  }
  return *std::move(spec);
}

Result<Object> load(FakeSyscalls& sys, ObjectSpec from = spec()) {
  return Object::load(std::move(from), {.kernel_types = {}, .kconfig = {}, .syscalls = &sys});
}

TEST(ObjectLoad, SendsTypesThenMapsThenPrograms) {
  FakeSyscalls sys;
  const auto object = load(sys);
  ASSERT_TRUE(object) << object.error().message();
  std::vector<Command> commands;
  for (const auto& call : sys.bpf_calls) commands.push_back(call.command);
  ASSERT_FALSE(commands.empty());
  EXPECT_EQ(commands.front(), Command::types_load);
  EXPECT_EQ(std::ranges::count(commands, Command::map_create),
            static_cast<long>(object->spec().maps.size()));
  EXPECT_EQ(std::ranges::count(commands, Command::map_freeze), 1);
  EXPECT_EQ(std::ranges::count(commands, Command::program_load), 1);
  EXPECT_LT(std::ranges::find(commands, Command::map_freeze),
            std::ranges::find(commands, Command::program_load));
  const auto sent = sys.of(Command::program_load)[0].as<kernel::ProgramLoadAttributes>();
  EXPECT_GT(sent.types_fd, 2U);
  EXPECT_GT(sent.function_info_count, 0U);
  EXPECT_EQ(sent.function_info_size, 8U);
  EXPECT_GT(sent.line_info_count, 0U);
  EXPECT_EQ(sent.line_info_size, 16U);
}

TEST(ObjectLoad, AllProgramsNameTheirMaps) {
  FakeSyscalls sys;
  std::vector<Insn> code;
  sys.on_bpf = [&](Command command, void* given) -> std::optional<long> {
    if (command != Command::program_load) return std::nullopt;
    const auto& sent = *static_cast<kernel::ProgramLoadAttributes*>(given);
    const auto* first = reinterpret_cast<const Insn*>(sent.instructions);
    code.assign(first, first + sent.instruction_count);
    return std::nullopt;
  };
  const auto object = load(sys);
  ASSERT_TRUE(object);
  std::size_t loads = 0;
  for (const Insn& insn : code) {
    if (insn.code != 0x18 || insn.src() == 0) continue;
    ++loads;
    EXPECT_EQ(std::ranges::count(object->maps(), insn.imm, &Map::fd), 1);
  }
  EXPECT_GT(loads, 3U);
}

TEST(ObjectLoad, GoesOnWithoutTypesThatTheKernelRefusesAndSaysSo) {
  FakeSyscalls sys;
  sys.on_bpf = [](Command command, void* given) -> std::optional<long> {
    if (command != Command::types_load) return std::nullopt;
    const auto& attributes = *static_cast<kernel::TypesLoadAttributes*>(given);
    if (attributes.log_level > 0) {
      std::memcpy(reinterpret_cast<char*>(attributes.log), "Unknown kind", 13);
    }
    return -EINVAL;
  };
  const auto object = load(sys);
  ASSERT_TRUE(object);
  ASSERT_EQ(object->notes().size(), 1U);
  EXPECT_THAT(object->notes()[0], testing::HasSubstr("Unknown kind"));
  EXPECT_EQ(sys.of(Command::program_load)[0].as<kernel::ProgramLoadAttributes>().types_fd, 0U);
  for (const auto& call : sys.of(Command::map_create)) {
    EXPECT_EQ(call.as<kernel::MapCreateAttributes>().types_fd, 0U);
  }
}

TEST(ObjectLoad, ARejectionRemembersThatTheTypesWereRefused) {
  FakeSyscalls sys;
  sys.on_bpf = [](Command command, void*) -> std::optional<long> {
    if (command == Command::types_load || command == Command::program_load) return -EINVAL;
    return std::nullopt;
  };
  const auto object = load(sys);
  ASSERT_FALSE(object);
  EXPECT_THAT(object.error().hints(), testing::Contains(testing::HasSubstr("BTF")));
}

// A BTF tracepoint needs the kernel's types, and this kernel has none.
TEST(ObjectLoad, WhatCannotBeLinkedReachesNoKernel) {
  FakeSyscalls sys;
  const auto before = open_descriptors();
  const auto object = load(sys, spec("hook_count"));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(object.error().hints(), testing::Contains(testing::HasSubstr("DEBUG_INFO_BTF")));
  EXPECT_TRUE(sys.bpf_calls.empty());
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ObjectLoad, AnySingleFailureLeavesNothingBehind) {
  const ObjectSpec from = spec();
  const auto before = open_descriptors();
  std::size_t calls = 0, failures = 0;
  for (std::size_t n = 0; n <= calls; ++n) {
    FakeSyscalls sys;
    sys.fail_call = n;
    if (!load(sys, from)) ++failures;
    EXPECT_EQ(open_descriptors(), before) << "call " << n << " of " << calls;
    calls = sys.calls.size();
  }
  EXPECT_GT(failures, 5U) << "what cannot be done without";
}

TEST(ObjectLoad, FailureFromAnyCallOnLeavesNothingBehind) {
  const ObjectSpec from = spec();
  FakeSyscalls good;
  ASSERT_TRUE(load(good, from));
  const auto load_program =
      std::ranges::find(good.bpf_calls, Command::program_load, &FakeSyscalls::BpfCall::command);
  const auto needed =
      good.calls.size() - static_cast<std::size_t>(good.bpf_calls.end() - load_program) + 1;
  const auto before = open_descriptors();
  for (std::size_t n = 0; n <= good.calls.size(); ++n) {
    FakeSyscalls sys;
    sys.fail_call = n;
    sys.fail_rest = true;
    const bool loaded = load(sys, from).has_value();
    EXPECT_EQ(loaded, n >= needed) << "call " << n;
    EXPECT_EQ(open_descriptors(), before) << "call " << n;
  }
}

// As skep::foresee does, which knows no object.
TEST(SessionNotes, SayOfAnLsmProgramThatItNeverRuns) {
  auto from = spec();
  auto& program = from.programs[0];
  program.type = ProgramType::lsm;
  program.section = "lsm/file_open";
  program.attach_to = "file_open";
  program.attach_type = 27;
  test::BtfBuilder types;
  types.add_func("bpf_lsm_file_open", types.add_func_proto(types.add_int("int", 4)));
  const auto kernel_types = Btf::parse(types.build()).value();
  const auto notes_with = [&](const char* modules) {
    FakeSyscalls sys;
    sys.files["/sys/kernel/security/lsm"] = modules;
    const auto object = Object::load(from, {.kernel_types = kernel_types, .syscalls = &sys});
    EXPECT_TRUE(object) << object.error().message();
    const auto session = Session::start(*object, {{.program = program.name}});
    EXPECT_TRUE(session) << session.error().message();
    return session->notes();
  };
  EXPECT_THAT(notes_with("lockdown,bpf\n"), testing::IsEmpty());
  EXPECT_THAT(notes_with("lockdown,yama\n"),
              testing::ElementsAre(testing::AllOf(testing::HasSubstr("will never run"),
                                                  testing::HasSubstr("lsm=lockdown,yama,bpf"))));
}

}  // namespace
}  // namespace skep
