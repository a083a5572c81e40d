#include "skep/object.hpp"

#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kernel/host.hpp"
#include "kernel/info.hpp"
#include "kernel/map_create.hpp"
#include "kernel/map_fill.hpp"
#include "kernel/program_load.hpp"
#include "kernel/types_load.hpp"
#include "object/link.hpp"

namespace skep {

struct Object::State {
  kernel::Syscalls* sys = nullptr;
  ObjectSpec spec;
  Fd types;  // the kernel's copy of spec.types; maps and programs refer to it
  std::vector<Map> maps;
  std::vector<Program> programs;
  std::vector<std::string> notes;
};

namespace {

// In the order of ObjectSpec::programs; nothing for those that are not to be loaded.
using LinkedPrograms = std::vector<std::optional<object::LinkedProgram>>;

// Types that this kernel does not take cost a program its line info, not its life.
Fd load_types_or_note(kernel::Syscalls& sys, const Btf& types, std::vector<std::string>& notes) {
  if (types.end_id() <= 1) return Fd();
  auto loaded = kernel::load_types(sys, types);
  if (loaded) return *std::move(loaded);
  const Error& error = loaded.error();
  std::string note = error.message() + "; it goes on without";
  if (!error.report().empty()) note += ": " + error.report();
  notes.push_back(std::move(note));
  return Fd();
}

// Every program with autoload, ready but for the maps' descriptors; no system call but reading the
// kernel's types. What cannot be linked fails here, before the kernel holds anything.
Result<LinkedPrograms> link_all(kernel::Syscalls& sys, const ObjectSpec& spec,
                                std::optional<Btf> types) {
  object::Target target{.types = std::move(types)};
  if (!target.types && object::needs_target_types(spec)) {
    SKEP_TRY(target.types, kernel::read_kernel_types(sys));
  }
  SKEP_TRY(auto linker, object::Linker::create(spec, target));
  LinkedPrograms linked(spec.programs.size());
  for (std::size_t i = 0; i < spec.programs.size(); ++i) {
    if (!spec.programs[i].autoload) continue;
    SKEP_TRY(linked[i], linker.link(i));
  }
  return linked;
}

// In the spec's order, each with what stands in it; a map of maps that names a later map is filled
// at the end.
Result<std::vector<Map>> create_maps(kernel::Syscalls& sys, const ObjectSpec& spec, int types_fd,
                                     std::vector<std::string>& notes) {
  kernel::MapContext context{.types_fd = types_fd};
  std::vector<Map> maps;
  maps.reserve(spec.maps.size());
  std::vector<std::size_t> unfilled;
  for (const MapSpec& map : spec.maps) {
    if (context.cpus == 0 && kernel::needs_cpus(map)) {
      SKEP_TRY(context.cpus, kernel::possible_cpus(sys));
    }
    SKEP_TRY(auto created, kernel::create_map(sys, map, context, notes));
    maps.push_back(std::move(created));
    if (map.pin_by_name) {
      notes.push_back(fmt::format("map '{}' asks to be pinned by its name: it is not", map.name));
    }
    if (map.is_data()) SKEP_CHECK(kernel::write_section(sys, maps.back()));
    if (map.inner.empty()) continue;
    SKEP_TRY(const bool filled, kernel::fill_map_slots(maps.back(), maps));
    if (!filled) unfilled.push_back(maps.size() - 1);
  }
  for (const std::size_t index : unfilled) SKEP_CHECK(kernel::fill_map_slots(maps[index], maps));
  return maps;
}

// Loads what was linked, and ties the read-only sections to each program, so that they live as long
// as it does (kernel 5.10; without, only tools that show them miss them).
Result<std::vector<Program>> load_programs(kernel::Syscalls& sys, const ObjectSpec& spec,
                                           LinkedPrograms linked, const std::vector<Map>& maps,
                                           int types_fd) {
  const kernel::ProgramContext context{
      .types_fd = types_fd, .license = &spec.license, .kernel_version = spec.kernel_version};
  std::vector<Program> programs;
  for (std::size_t i = 0; i < linked.size(); ++i) {
    auto& program = linked[i];
    if (!program) continue;
    SKEP_CHECK(kernel::patch_maps(*program, maps));
    SKEP_TRY(Fd fd, kernel::load_program(sys, spec.programs[i], *program, context));
    for (const Map& map : maps) {
      if (map.spec().section == DataSection::rodata) kernel::bind_map(sys, fd.get(), map.fd());
    }
    programs.emplace_back(sys, std::move(fd), spec.programs[i]);
  }
  for (const Map& map : maps) {
    if (map.type() != MapType::prog_array) continue;
    SKEP_CHECK(kernel::fill_program_slots(map, spec, programs));
  }
  return programs;
}

// Why the types are missing may be why a program was refused.
Error with_notes(Error error, const std::vector<std::string>& notes) {
  for (const auto& note : notes) error = std::move(error).hint(note);
  return error;
}

template <typename Things>
std::string names_of(const Things& things) {
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const auto& thing : things) names.emplace_back(thing.name());
  return names.empty() ? "none" : enumerate(names);
}

}  // namespace

Program::Program(kernel::Syscalls& sys, Fd fd, ProgramSpec spec) noexcept
    : sys_(&sys), fd_(std::move(fd)), spec_(std::move(spec)) {}

Result<std::uint32_t> Program::id() const {
  SKEP_TRY(const auto record, kernel::program_info(*sys_, fd()));
  return record.id;
}

Result<ProgramInfo> Program::info() const {
  SKEP_TRY(const auto record, kernel::program_info(*sys_, fd()));
  return ProgramInfo{
      .id = record.id,
      .name = std::string(record.name, ::strnlen(record.name, sizeof(record.name))),
      .run_count = record.run_count,
      .run_time_ns = record.run_time,
      .recursion_misses = record.recursion_misses,
      .verified_instructions = record.verified_instructions,
  };
}

Result<Object> Object::load(ObjectSpec spec, LoadOptions options) {
  auto& sys = options.syscalls != nullptr ? *options.syscalls : kernel::real_syscalls();
  auto state = std::make_unique<State>();
  state->sys = &sys;
  SKEP_TRY(auto linked, link_all(sys, spec, std::move(options.kernel_types)));
  state->types = load_types_or_note(sys, spec.types, state->notes);
  const int types_fd = state->types.get();
  auto maps = create_maps(sys, spec, types_fd, state->notes);
  if (!maps) return std::unexpected(with_notes(std::move(maps).error(), state->notes));
  state->maps = *std::move(maps);

  auto programs = load_programs(sys, spec, std::move(linked), state->maps, types_fd);
  if (!programs) return std::unexpected(with_notes(std::move(programs).error(), state->notes));
  state->programs = *std::move(programs);
  state->spec = std::move(spec);
  return Object(std::move(state));
}

Object::Object(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

const ObjectSpec& Object::spec() const noexcept { return state_->spec; }
std::vector<Program>& Object::programs() noexcept { return state_->programs; }
const std::vector<Program>& Object::programs() const noexcept { return state_->programs; }
std::vector<Map>& Object::maps() noexcept { return state_->maps; }
const std::vector<Map>& Object::maps() const noexcept { return state_->maps; }
const std::vector<std::string>& Object::notes() const noexcept { return state_->notes; }

Result<const Program*> Object::program(std::string_view name) const {
  for (const Program& program : state_->programs) {
    if (program.name() == name) return &program;
  }
  return fail(ErrorKind::not_found, "no loaded program '{}'; there are: {}", name,
              names_of(state_->programs));
}

Result<const Map*> Object::map(std::string_view name) const {
  for (const Map& map : state_->maps) {
    if (map.name() == name) return &map;
  }
  return fail(ErrorKind::not_found, "no map '{}'; there are: {}", name, names_of(state_->maps));
}

}  // namespace skep
