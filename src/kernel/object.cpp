#include "skep/object.hpp"

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kernel/attempt.hpp"
#include "kernel/host.hpp"
#include "kernel/info.hpp"
#include "kernel/map_fill.hpp"
#include "kernel/map_pin.hpp"
#include "kernel/map_set.hpp"
#include "kernel/program_load.hpp"
#include "kernel/program_target.hpp"
#include "kernel/target.hpp"
#include "kernel/types_load.hpp"
#include "kernel/usdt_specs.hpp"
#include "object/link.hpp"
#include "object/struct_ops.hpp"

namespace skep {

struct Object::State {
  kernel::Syscalls* sys = nullptr;
  ObjectSpec spec;
  Fd types;  // the kernel's copy of spec.types; maps and programs refer to it
  std::vector<Map> maps;
  std::vector<Program> programs;
  std::vector<std::string> notes;
  std::vector<RefusedProgram> refused;
};

namespace {

// In the order of ObjectSpec::programs; nothing for those that are not to be loaded.
using LinkedPrograms = std::vector<std::optional<object::LinkedProgram>>;

struct LinkedObject {
  LinkedPrograms programs;
  object::StructOpsTables struct_ops;
  std::vector<Fd> modules;  // descriptors of modules' BTF, which the programs refer to
};

// The programs that may be left out, and those that were.
class Optional {
 public:
  Optional(const LoadOptions& options, std::vector<RefusedProgram>& refused)
      : names_(options.optional), refused_(refused) {}

  // Whether the object goes on without the program; else the error is the caller's to return.
  [[nodiscard]] bool takes(const ProgramSpec& program, const Error& error) {
    if (!names_.contains(program.name)) return false;
    refused_.push_back({program.name, error});
    return true;
  }

 private:
  const std::set<std::string, std::less<>>& names_;
  std::vector<RefusedProgram>& refused_;
};

// Types that this kernel does not take cost a program its line info, not its life.
kernel::LoadedTypes load_types_or_note(kernel::Syscalls& sys, const Btf& types,
                                       std::vector<std::string>& notes) {
  if (types.end_id() <= 1) return {};
  auto loaded = kernel::load_types(sys, types);
  if (loaded) {
    if (!loaded->note.empty()) notes.push_back(loaded->note);
    return *std::move(loaded);
  }
  const Error& error = loaded.error();
  std::string note = error.message() + "; it goes on without";
  if (!error.report().empty()) note += ": " + error.report();
  notes.push_back(std::move(note));
  return {};
}

// Where the program stands in the kernel's table of functions: in place of a section's meaning.
Result<void> place_in_table(const object::StructOpsTables& tables, std::size_t index,
                            ProgramSpec& program, object::LinkedProgram& linked) {
  if (program.type != ProgramType::struct_ops) return {};
  const auto place =
      index < tables.programs.size() ? tables.programs[index] : object::StructOpsProgram();
  if (place.type == 0) {
    Error error(ErrorKind::invalid_argument,
                fmt::format("program '{}': no struct_ops map refers to it", program.name));
    return std::unexpected(
        std::move(error).hint("Put it into a struct in SEC(\".struct_ops.link\"), or do not load "
                              "it: SEC(\"?struct_ops\")."));
  }
  linked.attach_btf_id = place.type;
  linked.attach_module = place.module;
  program.attach_type = place.member;
  return {};
}

Result<object::LinkedProgram> link_one(kernel::Syscalls& sys, object::Linker& linker,
                                       std::size_t index, const ProgramSpec& program,
                                       const ProgramTargets& targets) {
  SKEP_TRY(auto linked, linker.link(index));
  SKEP_CHECK(kernel::find_target(sys, program, targets, linked));
  return linked;
}

// Every program with autoload, ready but for the descriptors, and the contents of .kconfig; nothing
// is asked of the kernel but what it says of itself. What cannot be linked fails here, before the
// kernel holds anything.
Result<LinkedObject> link_all(kernel::Syscalls& sys, ObjectSpec& spec, LoadOptions& options,
                              Optional& optional, std::vector<std::string>& notes) {
  object::choose_struct_ops_programs(spec);
  SKEP_CHECK(kernel::mark_targets(spec, options.targets));
  SKEP_TRY(auto host,
           kernel::read_target(sys, object::needs_of(spec), std::move(options.kernel_types),
                               std::move(options.kconfig), notes));
  object::prepare_usdt(spec, host.target);
  SKEP_TRY(auto linker, object::Linker::create(spec, host.target));
  if (const auto needs = linker.needs_modules(); needs.any()) {
    SKEP_CHECK(kernel::add_modules(sys, needs, host));
  }
  SKEP_CHECK(linker.resolve());
  LinkedObject out;
  SKEP_TRY(out.struct_ops, linker.struct_ops());
  out.programs.resize(spec.programs.size());
  for (std::size_t i = 0; i < spec.programs.size(); ++i) {
    auto& program = spec.programs[i];
    if (!program.autoload) continue;
    auto linked = link_one(sys, linker, i, program, options.targets);
    if (linked) SKEP_CHECK(place_in_table(out.struct_ops, i, program, *linked));
    if (linked) {
      out.programs[i] = *std::move(linked);
    } else if (!optional.takes(program, linked.error())) {
      return std::unexpected(kernel::about(std::move(linked).error(),
                                           kernel::attempt_of(Attempt::Step::link, program)));
    }
  }
  SKEP_TRY(auto kconfig, linker.kconfig());
  if (auto* map = spec.find_map(".kconfig")) map->contents = std::move(kconfig);
  out.modules = std::move(host.modules);
  return out;
}

// Loads what was linked, and ties the read-only sections to each program, so that they live as long
// as it does (kernel 5.10; without, only tools that show them miss them).
Result<std::vector<Program>> load_programs(kernel::Syscalls& sys, const ObjectSpec& spec,
                                           LinkedObject linked, std::vector<Map>& maps,
                                           int types_fd, Optional& optional) {
  const kernel::ProgramContext context{.types_fd = types_fd,
                                       .license = &spec.license,
                                       .kernel_version = spec.kernel_version,
                                       .modules = linked.modules,
                                       .externs = spec.externs};
  std::vector<Program> programs;
  std::vector<int> descriptors(linked.programs.size(), -1);
  for (std::size_t i = 0; i < linked.programs.size(); ++i) {
    auto& program = linked.programs[i];
    if (!program) continue;
    SKEP_CHECK(kernel::patch_maps(*program, maps));
    SKEP_CHECK(kernel::patch_modules(*program, linked.modules));
    auto fd = kernel::load_program(sys, spec.programs[i], *program, context);
    if (!fd) {
      if (optional.takes(spec.programs[i], fd.error())) continue;
      return std::unexpected(std::move(fd).error());
    }
    for (const Map& map : maps) {
      const bool is_bound = map.spec().section == DataSection::rodata && map.fd() >= 0;
      if (is_bound) kernel::bind_map(sys, fd->get(), map.fd());
    }
    descriptors[i] = fd->get();
    programs.emplace_back(sys, *std::move(fd), spec.programs[i]);
  }
  for (const Map& map : maps) {
    if (map.type() != MapType::prog_array || map.fd() < 0) continue;
    SKEP_CHECK(kernel::fill_program_slots(map, spec, programs));
  }
  for (const auto& table : linked.struct_ops.maps) {
    SKEP_CHECK(kernel::fill_struct_ops(maps[table.map], table, descriptors));
  }
  return programs;
}

// Why the types are missing may be why a program was refused.
Error with_notes(Error error, const std::vector<std::string>& notes) {
  if (error.code() == EPERM) return error;  // that is why the types are missing, too
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

Result<ProgramInfo> Program::info() const { return kernel::read_program_info(*sys_, fd()); }

Result<Object> Object::load(ObjectSpec spec, LoadOptions options) {
  auto& sys = options.syscalls != nullptr ? *options.syscalls : kernel::real_syscalls();
  auto state = std::make_unique<State>();
  state->sys = &sys;
  Optional optional(options, state->refused);
  SKEP_TRY(auto linked, link_all(sys, spec, options, optional, state->notes));
  auto types = load_types_or_note(sys, spec.types, state->notes);
  state->types = std::move(types.fd);
  const int types_fd = state->types.get();
  kernel::Pins pins(sys);
  auto maps = kernel::create_maps(sys, spec,
                                  {.types_fd = types_fd,
                                   .pin_root = options.pin_root,
                                   .struct_ops = linked.struct_ops.maps,
                                   .modules = linked.modules},
                                  pins, state->notes);
  if (!maps) return std::unexpected(with_notes(std::move(maps).error(), state->notes));
  state->maps = *std::move(maps);
  for (Map& map : state->maps) map.set_types(spec.types);

  auto programs = load_programs(sys, spec, std::move(linked), state->maps,
                                types.has_functions ? types_fd : -1, optional);
  if (!programs) return std::unexpected(with_notes(std::move(programs).error(), state->notes));
  state->programs = *std::move(programs);
  SKEP_TRY(const auto usdt_specs, kernel::usdt_specs_of(spec, state->maps));
  for (Program& program : state->programs) program.set_usdt_specs(usdt_specs);
  state->spec = std::move(spec);
  pins.keep();
  return Object(std::move(state));
}

Object::Object(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

kernel::Syscalls& Object::syscalls() const noexcept { return *state_->sys; }
const ObjectSpec& Object::spec() const noexcept { return state_->spec; }
std::vector<Program>& Object::programs() noexcept { return state_->programs; }
const std::vector<Program>& Object::programs() const noexcept { return state_->programs; }
std::vector<Map>& Object::maps() noexcept { return state_->maps; }
const std::vector<Map>& Object::maps() const noexcept { return state_->maps; }
const std::vector<std::string>& Object::notes() const noexcept { return state_->notes; }
const std::vector<RefusedProgram>& Object::refused() const noexcept { return state_->refused; }

Result<const Program*> Object::program(std::string_view name) const {
  for (const Program& program : state_->programs) {
    if (program.name() == name) return &program;
  }
  return fail(ErrorKind::not_found, "no loaded program '{}'; there are: {}", name,
              names_of(state_->programs));
}

Result<const Map*> Object::map(std::string_view name) const {
  for (const Map& map : state_->maps) {
    if (map.name() != name) continue;
    if (map.fd() >= 0) return &map;
    return fail(ErrorKind::not_found, "map '{}' was not created: its autocreate is off", name);
  }
  return fail(ErrorKind::not_found, "no map '{}'; there are: {}", name, names_of(state_->maps));
}

}  // namespace skep
