// The rooms kernel/ and hook/ before a kernel that does as it is told: no privileges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "kernel/host.hpp"
#include "kernel/info.hpp"
#include "kernel/map_create.hpp"
#include "kernel/map_fill.hpp"
#include "kernel/map_rings.hpp"
#include "kernel/program_load.hpp"
#include "skep/object.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using kernel::Command;
using test::FakeSyscalls;
using test::open_descriptors;
using testing::HasSubstr;

// r0 = 0; exit
const std::vector<Insn> nothing = {{.code = 0xb7}, {.code = 0x95}};

ProgramSpec program_spec() {
  return {
      .name = "count", .section = "tp/a/b", .type = ProgramType::tracepoint, .attach_to = "a/b"};
}

Result<Fd> load(FakeSyscalls& sys) {
  object::LinkedProgram program;
  program.name = "count";
  program.instructions = nothing;
  const std::string license = "GPL";
  return kernel::load_program(sys, program_spec(), program, {.license = &license});
}

// Answers loads as a kernel with a log of `bytes` would: it fits, or ENOSPC.
auto log_of(std::size_t bytes, int code, bool says_true_size) {
  return [=](Command command, void* given) -> std::optional<long> {
    if (command != Command::program_load) return std::nullopt;
    auto& attributes = *static_cast<kernel::ProgramLoadAttributes*>(given);
    if (attributes.log_level == 0) return -code;
    const std::size_t written = std::min<std::size_t>(bytes, attributes.log_size - 1);
    auto* log = reinterpret_cast<char*>(attributes.log);
    std::memset(log, 'x', written);
    log[written] = '\0';
    if (says_true_size) attributes.log_true_size = static_cast<std::uint32_t>(bytes + 1);
    return bytes < attributes.log_size ? -code : -ENOSPC;
  };
}

TEST(ProgramLoad, AsksForNoLogAtFirst) {
  FakeSyscalls sys;
  ASSERT_TRUE(load(sys));
  const auto loads = sys.of(Command::program_load);
  ASSERT_EQ(loads.size(), 1U);
  const auto sent = loads[0].as<kernel::ProgramLoadAttributes>();
  EXPECT_EQ(sent.log_level, 0U);
  EXPECT_EQ(sent.log, 0U);
  EXPECT_EQ(sent.type, 5U);
  EXPECT_EQ(sent.instruction_count, 2U);
  EXPECT_STREQ(sent.name, "count");
  EXPECT_EQ(std::count(sys.calls.begin(), sys.calls.end(), "mmap"), 0);
}

TEST(ProgramLoad, KeepsTheWholeLogAndTheErrno) {
  FakeSyscalls sys;
  sys.on_bpf = log_of(1000, EACCES, true);
  const auto loaded = load(sys);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::rejected);
  EXPECT_EQ(loaded.error().code(), EACCES);
  EXPECT_EQ(loaded.error().report(), std::string(1000, 'x'));
}

TEST(ProgramLoad, GrowsTheLogWhileItDoesNotFit) {
  for (const bool says : {true, false}) {
    FakeSyscalls sys;
    constexpr std::size_t bytes = 40U << 20;
    sys.on_bpf = log_of(bytes, EINVAL, says);
    const auto loaded = load(sys);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), EINVAL) << "ENOSPC is about the log, not the program";
    EXPECT_EQ(loaded.error().report().size(), bytes);
    EXPECT_TRUE(loaded.error().hints().empty());
    const auto loads = sys.of(Command::program_load);
    ASSERT_EQ(loads.size(), 3U);
    EXPECT_EQ(loads[1].as<kernel::ProgramLoadAttributes>().log_size, 16U << 20);
    EXPECT_GE(loads[2].as<kernel::ProgramLoadAttributes>().log_size, bytes);
  }
}

TEST(ProgramLoad, ALogThatNeverFitsIsCutAndSaysSo) {
  FakeSyscalls sys;
  sys.on_bpf = [](Command command, void* given) -> std::optional<long> {
    if (command != Command::program_load) return std::nullopt;
    auto& attributes = *static_cast<kernel::ProgramLoadAttributes*>(given);
    if (attributes.log_level == 0) return -E2BIG;
    std::memcpy(reinterpret_cast<char*>(attributes.log), "too long", 9);
    return -ENOSPC;
  };
  const auto loaded = load(sys);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), E2BIG);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::rejected);
  EXPECT_EQ(loaded.error().report(), "too long");
  ASSERT_EQ(loaded.error().hints().size(), 1U);
  EXPECT_THAT(loaded.error().hints()[0], HasSubstr("cut"));
  const auto last = sys.of(Command::program_load).back().as<kernel::ProgramLoadAttributes>();
  EXPECT_EQ(last.log_size, UINT32_MAX >> 2);
}

TEST(ProgramLoad, WithoutMemoryForALogTheErrnoRemains) {
  FakeSyscalls sys;
  sys.largest_mapping = 1 << 20;
  sys.on_bpf = log_of(10, EACCES, true);
  const auto loaded = load(sys);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), EACCES);
}

TEST(ProgramLoad, EagainIsTriedAgainButNotForEver) {
  FakeSyscalls sys;
  sys.results[Command::program_load] = {-EAGAIN, -EAGAIN, -EAGAIN};
  EXPECT_TRUE(load(sys));
  EXPECT_EQ(sys.bpf_calls.size(), 4U);

  FakeSyscalls busy;
  busy.on_bpf = [](Command, void*) { return -EAGAIN; };
  const auto loaded = load(busy);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), EAGAIN);
  EXPECT_LE(busy.bpf_calls.size(), 40U);
}

TEST(ProgramLoad, ARefusalThatPassesIsASuccess) {
  FakeSyscalls sys;
  sys.results[Command::program_load] = {-ENOMEM};
  EXPECT_TRUE(load(sys));
}

TEST(ProgramLoad, RefusedBeforeVerificationIsNoVerdict) {
  FakeSyscalls sys;
  sys.on_bpf = [](Command command, void* given) -> std::optional<long> {
    auto& attributes = *static_cast<kernel::ProgramLoadAttributes*>(given);
    const bool ours = command == Command::program_load && attributes.type == 5;
    if (ours) return -EPERM;
    return std::nullopt;
  };
  const auto loaded = load(sys);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::permission);
  EXPECT_THAT(loaded.error().message(), HasSubstr("before verification"));
  EXPECT_EQ(loaded.error().report(), "");
}

// The probe of memlock.cpp is a socket filter (type 1); what is loaded here is a tracepoint.
TEST(Memlock, IsLeftAloneWhereTheKernelDoesNotChargeToIt) {
  FakeSyscalls sys;
  sys.on_bpf = [](Command, void* given) -> std::optional<long> {
    if (static_cast<kernel::ProgramLoadAttributes*>(given)->type == 5) return -EPERM;
    return std::nullopt;
  };
  const auto before = open_descriptors();
  EXPECT_FALSE(load(sys));
  EXPECT_EQ(sys.memlock_raises, 0U);
  EXPECT_EQ(open_descriptors(), before) << "the probe loads a program";
}

TEST(Memlock, IsNotTouchedWithoutEperm) {
  FakeSyscalls sys;
  EXPECT_TRUE(load(sys));
  sys.on_bpf = [](Command, void*) { return -EINVAL; };
  EXPECT_FALSE(load(sys));
  EXPECT_EQ(sys.memlock_raises, 0U);
}

TEST(Memlock, IsRaisedOnceForAKernelThatChargesToIt) {
  FakeSyscalls sys;
  sys.on_bpf = [&](Command, void* given) -> std::optional<long> {
    const auto type = static_cast<kernel::ProgramLoadAttributes*>(given)->type;
    if (type == 1) return -EINVAL;  // it has no such helper
    if (sys.memlock_raises == 0) return -EPERM;
    return std::nullopt;
  };
  EXPECT_TRUE(load(sys));
  EXPECT_EQ(sys.memlock_raises, 1U);
}

TEST(Memlock, ARefusedRaiseLeavesTheKernelsAnswer) {
  FakeSyscalls sys;
  sys.memlock_result = -EPERM;
  sys.on_bpf = [&](Command, void* given) -> std::optional<long> {
    const auto type = static_cast<kernel::ProgramLoadAttributes*>(given)->type;
    return type == 1 ? -EINVAL : -EPERM;
  };
  const auto loaded = load(sys);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), EPERM);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::permission);
}

MapSpec hash_spec() {
  return {.name = "counts",
          .kernel_name = "counts",
          .type = MapType::hash,
          .key_size = 4,
          .value_size = 8,
          .max_entries = 16,
          .key_type = 3,
          .value_type = 5};
}

TEST(MapCreate, SendsWhatTheSpecSays) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  MapSpec spec = hash_spec();
  spec.flags = 1;
  spec.extra = 7;
  spec.numa_node = 2;
  const Fd types(::eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(kernel::create_map(sys, spec, {.types_fd = types.get()}, notes));
  ASSERT_EQ(sys.bpf_calls.size(), 1U);
  EXPECT_EQ(sys.bpf_calls[0].attributes.size(), 80U);
  const auto sent = sys.bpf_calls[0].as<kernel::MapCreateAttributes>();
  EXPECT_EQ(sent.type, 1U);
  EXPECT_EQ(sent.key_size, 4U);
  EXPECT_EQ(sent.value_size, 8U);
  EXPECT_EQ(sent.max_entries, 16U);
  EXPECT_EQ(sent.flags, 1U);
  EXPECT_EQ(sent.extra, 7U);
  EXPECT_EQ(sent.numa_node, 2U);
  EXPECT_EQ(sent.key_type, 3U);
  EXPECT_EQ(sent.value_type, 5U);
  EXPECT_EQ(sent.types_fd, static_cast<std::uint32_t>(types.get()));
  EXPECT_STREQ(sent.name, "counts");
  EXPECT_TRUE(notes.empty());
}

TEST(MapCreate, GoesOnWithoutTypesAndSaysSo) {
  FakeSyscalls sys;
  sys.results[Command::map_create] = {-EINVAL};
  std::vector<std::string> notes;
  ASSERT_TRUE(kernel::create_map(sys, hash_spec(), {.types_fd = 5}, notes));
  const auto second = sys.bpf_calls[1].as<kernel::MapCreateAttributes>();
  EXPECT_EQ(second.key_type, 0U);
  EXPECT_EQ(second.types_fd, 0U);
  EXPECT_STREQ(second.name, "counts");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], HasSubstr("EINVAL"));
}

TEST(MapCreate, GoesOnWithoutANameOnOldKernels) {
  FakeSyscalls sys;
  sys.results[Command::map_create] = {-E2BIG, -E2BIG};
  std::vector<std::string> notes;
  ASSERT_TRUE(kernel::create_map(sys, hash_spec(), {.types_fd = 5}, notes));
  ASSERT_EQ(sys.bpf_calls.size(), 3U);
  EXPECT_STREQ(sys.bpf_calls[2].as<kernel::MapCreateAttributes>().name, "");
}

TEST(MapCreate, ReportsTheFirstRefusal) {
  FakeSyscalls sys;
  sys.results[Command::map_create] = {-E2BIG, -EINVAL, -ENOMEM};
  std::vector<std::string> notes;
  const auto map = kernel::create_map(sys, hash_spec(), {.types_fd = 5}, notes);
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().code(), E2BIG);
  EXPECT_THAT(map.error().message(), HasSubstr("'counts'"));
}

TEST(MapCreate, FillsInWhatTheKernelFixes) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  MapSpec ring{.name = "ring",
               .type = MapType::ringbuf,
               .value_size = 24,
               .max_entries = 5000,
               .value_type = 4};
  const auto made = kernel::create_map(sys, ring, {.types_fd = 5}, notes);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->spec().max_entries, 8192U);
  EXPECT_EQ(made->spec().value_type, 4U) << "readers still want it";
  const auto sent = sys.bpf_calls[0].as<kernel::MapCreateAttributes>();
  EXPECT_EQ(sent.max_entries, 8192U);
  EXPECT_EQ(sent.value_size, 0U);
  EXPECT_EQ(sent.value_type, 0U);

  MapSpec perf{.name = "perf", .type = MapType::perf_event_array, .key_size = 4, .value_size = 4};
  EXPECT_TRUE(kernel::needs_cpus(perf));
  ASSERT_TRUE(kernel::create_map(sys, perf, {.types_fd = 5, .cpus = 6}, notes));
  EXPECT_EQ(sys.bpf_calls[1].as<kernel::MapCreateAttributes>().max_entries, 6U);
  EXPECT_EQ(sys.bpf_calls[1].as<kernel::MapCreateAttributes>().types_fd, 0U);

  MapSpec per_cpu{.name = "cpu",
                  .type = MapType::percpu_array,
                  .key_size = 4,
                  .value_size = 12,
                  .max_entries = 1};
  const auto wide = kernel::create_map(sys, per_cpu, {.cpus = 6}, notes);
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->value_bytes(), 16U * 6);
}

TEST(MapCreate, AMapOfMapsShowsTheKernelAPattern) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  MapSpec outer{.name = "outer",
                .type = MapType::array_of_maps,
                .key_size = 4,
                .value_size = 4,
                .max_entries = 2};
  outer.inner.push_back(hash_spec());
  const auto before = open_descriptors();
  {
    const auto made = kernel::create_map(sys, outer, {}, notes);
    ASSERT_TRUE(made);
    EXPECT_EQ(open_descriptors(), before + 1);
  }
  ASSERT_EQ(sys.bpf_calls.size(), 2U);
  EXPECT_EQ(sys.bpf_calls[0].as<kernel::MapCreateAttributes>().type, 1U);
  EXPECT_GT(sys.bpf_calls[1].as<kernel::MapCreateAttributes>().inner_map_fd, 2U);
}

TEST(Map, ChecksSizesBeforeTheKernelReadsBeyondThem) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  const auto map = kernel::create_map(sys, hash_spec(), {}, notes);
  ASSERT_TRUE(map);
  const std::byte bytes[9]{};
  const auto span = [&](std::size_t n) { return std::span(bytes, n); };
  EXPECT_EQ(map->lookup(span(3)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(map->update(span(4), span(9)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(map->update(span(5), span(8)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(map->erase(span(0)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(map->next_key(span(8)).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(sys.bpf_calls.size(), 1U) << "none of these may reach the kernel";
}

TEST(PatchMaps, WritesDescriptorsAndRefusesWhatIsNoLoad) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  std::vector<Map> maps;
  maps.push_back(*kernel::create_map(sys, hash_spec(), {}, notes));
  object::LinkedProgram program;
  program.name = "p";
  program.instructions = {{.code = 0x18, .registers = 3}, {}, {.code = 0x18}, {}, {.code = 0x95}};
  program.maps = {{.instruction = 0}, {.instruction = 2, .is_value = true, .offset = 24}};
  ASSERT_TRUE(kernel::patch_maps(program, maps));
  EXPECT_EQ(program.instructions[0].imm, maps[0].fd());
  EXPECT_EQ(program.instructions[0].src(), 1);
  EXPECT_EQ(program.instructions[0].dst(), 3);
  EXPECT_EQ(program.instructions[1].imm, 0);
  EXPECT_EQ(program.instructions[2].src(), 2);
  EXPECT_EQ(program.instructions[3].imm, 24);

  program.maps = {{.instruction = 4}};
  EXPECT_FALSE(kernel::patch_maps(program, maps));
  program.maps = {{.instruction = 0, .map = 1}};
  EXPECT_FALSE(kernel::patch_maps(program, maps));
}

TEST(Host, CountsPossibleCpus) {
  const std::pair<const char*, std::uint32_t> lists[] = {
      {"0\n", 1}, {"0-3\n", 4}, {"0,2-3,8\n", 4}, {"0-8191\n", 8192}};
  for (const auto& [list, count] : lists) {
    FakeSyscalls sys;
    sys.files["/sys/devices/system/cpu/possible"] = list;
    const auto cpus = kernel::possible_cpus(sys);
    ASSERT_TRUE(cpus) << list;
    EXPECT_EQ(*cpus, count) << list;
  }
  for (const char* list : {"", "\n", "many", "3-1", "0-", "-2", "0-4294967295"}) {
    FakeSyscalls sys;
    sys.files["/sys/devices/system/cpu/possible"] = list;
    EXPECT_FALSE(kernel::possible_cpus(sys)) << list;
  }
}

// Which ring each slot has, by slot.
std::map<std::uint32_t, std::uint32_t> shared(std::vector<std::uint32_t> online,
                                              std::vector<std::uint32_t> possible) {
  std::map<std::uint32_t, std::uint32_t> out;
  for (const auto& one : kernel::share_rings(online, possible, 64)) out[one.slot] = one.ring;
  return out;
}

TEST(Rings, OneForEachCpuThatIsOnline) {
  using Rings = std::map<std::uint32_t, std::uint32_t>;
  EXPECT_EQ(shared({0}, {0}), (Rings{{0, 0}}));
  EXPECT_EQ(shared({0, 1}, {0, 1}), (Rings{{0, 0}, {1, 1}}));
  // Numbers with gaps, and CPUs that may come online later, which share.
  EXPECT_EQ(shared({1, 8, 9}, {1, 8, 9}), (Rings{{1, 0}, {8, 1}, {9, 2}}));
  EXPECT_EQ(shared({0, 2}, {0, 1, 2, 3}), (Rings{{0, 0}, {1, 1}, {2, 1}, {3, 1}}));
  EXPECT_EQ(shared({0, 64, 65}, {0, 64, 65}), (Rings{{0, 0}, {1, 1}}))
      << "by what the program sees";
  std::vector<std::uint32_t> many(300);
  std::iota(many.begin(), many.end(), 0);
  const auto rings = shared({0, 1}, many);
  EXPECT_EQ(rings.size(), 64U);
  EXPECT_EQ(shared(many, many).rbegin()->second, 63U) << "no more rings than slots";
  EXPECT_TRUE(std::ranges::all_of(rings, [](const auto& one) { return one.second < 2; }));
}

std::string note(std::string_view name, std::uint32_t type, std::string_view description) {
  const auto word = [](std::uint32_t value) {
    return std::string(reinterpret_cast<const char*>(&value), 4);
  };
  std::string out = word(static_cast<std::uint32_t>(name.size())) +
                    word(static_cast<std::uint32_t>(description.size())) + word(type);
  out += std::string(name) + std::string((4 - name.size() % 4) % 4, '\0');
  return out + std::string(description) + std::string((4 - description.size() % 4) % 4, '\0');
}

TEST(Host, FindsTheBuildId) {
  using std::string_view_literals::operator""sv;
  FakeSyscalls sys;
  sys.files["/sys/kernel/notes"] =
      note("Xen\0"sv, 6, "linux") + note("GNU\0"sv, 3, "\x01\xab\xff"sv);
  EXPECT_EQ(kernel::kernel_build_id(sys).value(), "01abff");
}

TEST(Host, TheBuildIdIsNeverEmpty) {
  using std::string_view_literals::operator""sv;
  std::string cut = note("GNU\0"sv, 3, "0123456789");
  cut.resize(14);
  for (const std::string& notes : {std::string(), cut, note("GNU\0"sv, 3, ""), cut.substr(0, 5)}) {
    FakeSyscalls sys;
    sys.files["/sys/kernel/notes"] = notes;
    sys.files["/proc/sys/kernel/osrelease"] = "6.1\n";
    sys.files["/proc/sys/kernel/version"] = "#1\n";
    const auto one = kernel::kernel_build_id(sys).value();
    EXPECT_EQ(one.size(), 32U);
    sys.files["/proc/sys/kernel/version"] = "#2\n";
    EXPECT_NE(kernel::kernel_build_id(sys).value(), one);
  }
}

TEST(Host, AFileIsReadToItsLimit) {
  FakeSyscalls sys;
  sys.files["/long"] = std::string(10000, 'a');
  EXPECT_EQ(kernel::read_kernel_file(sys, AT_FDCWD, "/long").value().size(), 10000U);
  EXPECT_EQ(kernel::read_kernel_file(sys, AT_FDCWD, "/long", 9999).error().kind(),
            ErrorKind::limit);
  EXPECT_EQ(kernel::read_kernel_file(sys, AT_FDCWD, "/none").error().kind(), ErrorKind::not_found);
}

TEST(Host, MountsTracefsPrivatelyWhenThereIsNone) {
  FakeSyscalls sys;
  const auto before = open_descriptors();
  {
    const auto tracefs = kernel::open_tracefs(sys);
    ASSERT_TRUE(tracefs);
    EXPECT_EQ(open_descriptors(), before + 1);
  }
  EXPECT_EQ(open_descriptors(), before);
  for (const char* name : {"fsopen", "fsconfig", "fsmount"}) {
    EXPECT_EQ(std::count(sys.calls.begin(), sys.calls.end(), name), 1) << name;
  }
  FakeSyscalls mounted;
  mounted.files["/sys/kernel/tracing"] = "";
  mounted.files["events"] = "";
  ASSERT_TRUE(kernel::open_tracefs(mounted));
  EXPECT_EQ(std::count(mounted.calls.begin(), mounted.calls.end(), "fsopen"), 0);
}

TEST(Info, AnIdThatIsGoneIsNoError) {
  FakeSyscalls sys;
  sys.results[Command::link_by_id] = {-ENOENT, -EPERM};
  EXPECT_FALSE(kernel::exists(sys, kernel::Thing::link, 7).value());
  EXPECT_EQ(kernel::exists(sys, kernel::Thing::link, 7).error().kind(), ErrorKind::permission);
  EXPECT_TRUE(kernel::exists(sys, kernel::Thing::link, 7).value());
}

}  // namespace
}  // namespace skep
