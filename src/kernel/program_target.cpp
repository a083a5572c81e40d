#include "kernel/program_target.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/info.hpp"

namespace skep::kernel {
namespace {

bool can_hang_on_programs(ProgramType type) {
  return type == ProgramType::ext || type == ProgramType::tracing;
}

// What the kernel keeps of the BTF that a program was loaded with.
Result<Btf> read_types_of(Syscalls& sys, int program) {
  SKEP_TRY(const auto record, program_info(sys, program));
  if (record.types_id == 0) {
    return fail(ErrorKind::unsupported, "the target was loaded without BTF");
  }
  return read_types(sys, record.types_id);
}

std::vector<std::string> functions_of(const Btf& types) {
  std::vector<std::string> names;
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    if (types.type(id).is(btf::Kind::func)) names.emplace_back(types.type(id).name());
  }
  return names;
}

Result<btf::TypeId> find_function(Syscalls& sys, int program, std::string_view name) {
  SKEP_TRY(const auto types, read_types_of(sys, program));
  if (const auto function = types.find(name, btf::Kind::func)) return function->id();
  const auto names = functions_of(types);
  Error error(ErrorKind::not_found, fmt::format("the target has no function '{}'", name));
  const auto near = nearest(name, names);
  return std::unexpected(std::move(error).hint(
      near ? fmt::format("did you mean '{}'?", *near)
           : fmt::format("there are {}", names.empty() ? "none" : enumerate(names))));
}

}  // namespace

Result<void> mark_targets(ObjectSpec& spec, const ProgramTargets& targets) {
  for (const auto& [name, target] : targets) {
    auto* program = spec.find_program(name);
    if (program == nullptr) {
      return fail(ErrorKind::not_found, "a target is given for program '{}', which is not there",
                  name);
    }
    if (!can_hang_on_programs(program->type)) {
      return fail(ErrorKind::invalid_argument,
                  "program '{}' is of type {}: it does not hang on other programs", name,
                  name_of(program->type));
    }
    program->attaches_to_program = true;
  }
  return {};
}

Result<void> find_target(Syscalls& sys, const ProgramSpec& spec, const ProgramTargets& targets,
                         object::LinkedProgram& program) {
  const auto target = targets.find(spec.name);
  if (target == targets.end()) {
    if (spec.type != ProgramType::ext) return {};
    Error error(
        ErrorKind::invalid_argument,
        fmt::format("program '{}' replaces a function of another program, and none is given",
                    spec.name));
    return std::unexpected(std::move(error).hint("Name it in LoadOptions::targets."));
  }
  const std::string& asked = target->second.function;
  const std::string& function = asked.empty() ? spec.attach_to : asked;
  if (target->second.program < 0 || function.empty()) {
    return fail(ErrorKind::invalid_argument, "program '{}': its target is no {}", spec.name,
                function.empty() ? "function: name it" : "descriptor of a program");
  }
  auto found = find_function(sys, target->second.program, function);
  if (!found) return add_context(std::move(found).error(), "program '{}'", spec.name);
  program.attach_btf_id = *found;
  program.attach_program = target->second.program;
  return {};
}

}  // namespace skep::kernel
