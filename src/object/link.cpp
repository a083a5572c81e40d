#include "object/link.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "btf/ext.hpp"
#include "isa/opcode.hpp"
#include "object/assembly.hpp"
#include "object/attach_target.hpp"
#include "object/check_spec.hpp"
#include "object/core.hpp"
#include "object/kconfig.hpp"
#include "object/resolve.hpp"
#include "object/section.hpp"
#include "object/sort.hpp"
#include "object/struct_ops.hpp"

namespace skep::object {
namespace {

using Callbacks = std::multimap<std::string, std::string, std::less<>>;

// __exception_cb(NAME): the function that runs when a program throws. Nobody calls it, so it is
// named by a tag on the program (tools/testing/selftests/bpf/bpf_experimental.h).
Callbacks exception_callbacks(const Btf& types) {
  constexpr std::string_view prefix = "exception_callback:";
  Callbacks callbacks;
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    const auto tag = types.type(id);
    if (!tag.is(btf::Kind::decl_tag) || tag.component() != -1) continue;
    if (!tag.name().starts_with(prefix)) continue;
    const auto function = types.type(tag.target());
    if (!function.is(btf::Kind::func)) continue;
    callbacks.emplace(function.name(), tag.name().substr(prefix.size()));
  }
  return callbacks;
}

void add_map_references(const FunctionSpec& function, const std::vector<MapSpec>& maps,
                        std::uint32_t position, LinkedProgram& program) {
  for (const auto& relocation : function.relocations) {
    const bool is_value = relocation.kind == Relocation::Kind::map_value;
    if (!is_value && relocation.kind != Relocation::Kind::map) continue;
    const auto at = position + relocation.instruction;
    auto& first = program.instructions[at];
    if (!maps[relocation.target].autocreate) {
      const auto number = poison_map + static_cast<std::int32_t>(relocation.target);
      first = program.instructions[at + 1] = Insn{.code = isa::code_call, .imm = number};
      continue;
    }
    first.imm = 0;
    first.set_src(is_value ? isa::pseudo_map_value : isa::pseudo_map_fd);
    if (is_value) {
      program.instructions[at + 1].imm = static_cast<std::int32_t>(relocation.offset);
    }
    program.maps.push_back({at, relocation.target, is_value, relocation.offset});
  }
}

// Both slots of an lddw, otherwise one and nothing.
std::array<Insn, 2> instruction_at(const LinkedProgram& program, std::uint32_t at) {
  const auto& code = program.instructions;
  const bool has_second = isa::is_lddw(code[at]) && at + 1 < code.size();
  return {code[at], has_second ? code[at + 1] : Insn{}};
}

// The records of every function, moved to where the function stands; none at all when one function
// lacks them, as the kernel takes all or nothing.
template <typename Record>
void merge_records(const ObjectSpec& spec, const Assembly& assembly,
                   std::vector<Record> FunctionSpec::* list, std::vector<Record>& out) {
  for (const auto index : assembly.functions()) {
    const auto& records = spec.functions[index].*list;
    if (records.empty()) {
      out.clear();
      return;
    }
    for (auto record : records) {
      record.instruction += assembly.position_of(index);
      out.push_back(record);
    }
  }
}

Result<void> check_type(const ProgramSpec& program) {
  if (program.type != ProgramType::unspecified) return {};
  auto meaning = meaning_of_section(program.section);
  if (!meaning) return std::unexpected(std::move(meaning).error());
  return fail(ErrorKind::invalid_argument, "the program has no type");
}

}  // namespace

struct Linker::State {
  State(const ObjectSpec& of, const Target& against)
      : spec(of),
        target(against),
        core(of.types, against.types ? &*against.types : nullptr, &against.modules),
        callbacks(exception_callbacks(of.types)),
        answers(of.functions.size()) {}

  const ObjectSpec& spec;
  const Target& target;
  CoreEngine core;
  Callbacks callbacks;
  std::vector<std::optional<std::vector<CoreAnswer>>> answers;  // by function
  std::vector<bool> is_wanted;                                  // the same
  std::optional<ResolvedExterns> externs;

  void want_names();
  Result<void> prepare();
  Result<void> answer_all(std::uint32_t function);
  Result<void> add_callback(const ProgramSpec& program, Assembly& assembly) const;
  Result<void> apply_answers(const Assembly& assembly, LinkedProgram& program);
  Result<void> find_hook(const ProgramSpec& program, LinkedProgram& linked);
  Result<LinkedProgram> link(const ProgramSpec& program);
};

void Linker::State::want_names() {
  is_wanted.resize(spec.functions.size());
  for (std::size_t i = 0; i < spec.functions.size(); ++i) {
    is_wanted[i] = spec.functions[i].section == ".text";
  }
  for (const auto& program : spec.programs) {
    if (!program.autoload) continue;
    is_wanted[program.function] = true;
    const auto hook = attach_target_of(program);
    if (!hook || !*hook) continue;
    core.names().want_first((*hook)->name, (*hook)->kind, (*hook)->module);
  }
  for (std::uint32_t i = 0; i < spec.functions.size(); ++i) {
    if (!is_wanted[i]) continue;
    for (const auto& relocation : spec.functions[i].core_relocations) core.expect(relocation);
  }
  want_externs(spec, core.names());
  want_struct_ops(spec, core.names());
}

// In the order of the file, because answers narrow the candidates of later questions.
Result<void> Linker::State::prepare() {
  if (externs) return {};
  SKEP_TRY(auto resolved, resolve_externs(spec, target, core.names()));
  for (std::uint32_t i = 0; i < spec.functions.size(); ++i) {
    if (is_wanted[i]) SKEP_CHECK(answer_all(i));
  }
  externs = std::move(resolved);
  return {};
}

Result<void> Linker::State::answer_all(std::uint32_t index) {
  if (answers[index]) return {};
  const auto& function = spec.functions[index];
  std::vector<CoreAnswer> list;
  for (const auto& relocation : function.core_relocations) {
    auto answer = core.answer(relocation);
    if (!answer) {
      return add_context(std::move(answer).error(), "function '{}': instruction {}", function.name,
                         relocation.instruction);
    }
    list.push_back(*std::move(answer));
  }
  answers[index] = std::move(list);
  return {};
}

Result<void> Linker::State::add_callback(const ProgramSpec& program, Assembly& assembly) const {
  const auto [begin, end] = callbacks.equal_range(program.name);
  // Two of them are the verifier's to refuse.
  if (begin == end || std::next(begin) != end) return {};
  const auto found = std::ranges::find_if(spec.functions, [&](const FunctionSpec& function) {
    return function.section == ".text" && function.name == begin->second;
  });
  if (found == spec.functions.end() || !found->global) {
    return fail(ErrorKind::bad_input, "its exception callback '{}' is no global function",
                begin->second);
  }
  assembly.add(static_cast<std::uint32_t>(found - spec.functions.begin()));
  return {};
}

Result<void> Linker::State::apply_answers(const Assembly& assembly, LinkedProgram& program) {
  for (const auto index : assembly.functions()) {
    SKEP_CHECK(answer_all(index));
    const auto& function = spec.functions[index];
    for (std::size_t i = 0; i < function.core_relocations.size(); ++i) {
      const auto& relocation = function.core_relocations[i];
      const auto& answer = (*answers[index])[i];
      const auto at = assembly.position_of(index) + relocation.instruction;
      const auto before = instruction_at(program, at);
      auto done = apply_core(program.instructions, at, relocation, answer);
      if (!done) {
        return add_context(std::move(done).error(), "function '{}': instruction {}", function.name,
                           relocation.instruction);
      }
      const auto after = instruction_at(program, at);
      const bool is_poisoned = isa::is_call(after[0]) && after[0].imm == poison_call;
      program.core.push_back({at, index, relocation.kind, answer.local, answer.target,
                              is_poisoned ? std::nullopt : answer.value, before, after});
    }
  }
  return {};
}

Result<void> Linker::State::find_hook(const ProgramSpec& program, LinkedProgram& linked) {
  SKEP_TRY(const auto wanted, attach_target_of(program));
  if (!wanted) return {};
  if (!target.types) {
    return fail(ErrorKind::unsupported,
                "it attaches by BTF, and the types of the target kernel are not known");
  }
  core.names().want_first(wanted->name, wanted->kind, wanted->module);
  SKEP_TRY(const auto found, find_attach_target(*wanted, core.names()));
  linked.attach_btf_id = found.id;
  linked.attach_module = found.module;
  return {};
}

Result<LinkedProgram> Linker::State::link(const ProgramSpec& program) {
  SKEP_CHECK(check_type(program));
  LinkedProgram linked;
  linked.name = program.name;
  Assembly assembly(spec, linked);
  assembly.add(program.function);
  SKEP_CHECK(add_callback(program, assembly));
  SKEP_CHECK(apply_answers(assembly, linked));
  for (const auto index : assembly.functions()) {
    add_map_references(spec.functions[index], spec.maps, assembly.position_of(index), linked);
    apply_externs(spec.functions[index], *externs, assembly.position_of(index), linked);
  }
  merge_records(spec, assembly, &FunctionSpec::function_info, linked.function_info);
  merge_records(spec, assembly, &FunctionSpec::line_info, linked.line_info);
  linked.fd_modules = externs->fd_modules;
  SKEP_CHECK(find_hook(program, linked));
  return linked;
}

Linker::Linker(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;
Linker::~Linker() = default;

Result<Linker> Linker::create(const ObjectSpec& spec, const Target& target) {
  SKEP_CHECK(check_spec(spec));
  auto state = std::make_unique<State>(spec, target);
  state->want_names();
  return Linker(std::move(state));
}

ModuleNeeds Linker::needs_modules() const { return state_->core.names().needs_modules(); }

Result<void> Linker::resolve() { return state_->prepare(); }

Result<std::vector<std::byte>> Linker::kconfig() const {
  return kconfig_contents(state_->spec, state_->target);
}

Result<StructOpsTables> Linker::struct_ops() {
  return resolve_struct_ops(state_->spec, state_->core.names());
}

Result<LinkedProgram> Linker::link(std::size_t program) {
  const auto& programs = state_->spec.programs;
  if (program >= programs.size()) {
    return fail(ErrorKind::invalid_argument, "program {}, of {}", program, programs.size());
  }
  SKEP_CHECK(state_->prepare());
  const auto& spec = programs[program];
  auto linked = state_->link(spec);
  if (!linked) return add_context(std::move(linked).error(), "program '{}'", spec.name);
  return linked;
}

Result<LinkedProgram> link_program(const ObjectSpec& spec, std::size_t program,
                                   const Target& target) {
  SKEP_TRY(auto linker, Linker::create(spec, target));
  return linker.link(program);
}

bool needs_target_types(const ObjectSpec& spec) noexcept {
  if (has_struct_ops(spec)) return true;
  const auto has_type = [](const ExternSpec& item) {
    return item.kind == ExternSpec::Kind::variable || item.kind == ExternSpec::Kind::function;
  };
  if (std::ranges::any_of(spec.externs, has_type)) return true;
  const auto asks = [](const FunctionSpec& function) {
    return std::ranges::any_of(function.core_relocations, [](const CoreRelocation& relocation) {
      return relocation.kind != static_cast<std::uint32_t>(btf::CoreKind::type_id_local);
    });
  };
  bool any = false;
  for (const auto& program : spec.programs) {
    if (!program.autoload) continue;
    any = true;
    const auto hook = btf_target_of(program.type, program.attach_type);
    const bool attaches_by_type = hook != BtfTarget::none && hook != BtfTarget::program;
    if (attaches_by_type) return true;
    const bool has_function = program.function < spec.functions.size();  // else check_spec says so
    if (has_function && asks(spec.functions[program.function])) return true;
  }
  return any && std::ranges::any_of(spec.functions, [&](const FunctionSpec& function) {
           return function.section == ".text" && asks(function);
         });
}

}  // namespace skep::object
