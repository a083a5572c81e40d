#include "object/link.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "btf/ext.hpp"
#include "isa/opcode.hpp"
#include "object/assembly.hpp"
#include "object/attach_target.hpp"
#include "object/core.hpp"
#include "object/section.hpp"
#include "object/sort.hpp"

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

void add_map_references(const FunctionSpec& function, std::uint32_t position,
                        LinkedProgram& program) {
  for (const auto& relocation : function.relocations) {
    const bool is_value = relocation.kind == Relocation::Kind::map_value;
    if (!is_value && relocation.kind != Relocation::Kind::map) continue;
    const auto at = position + relocation.instruction;
    auto& first = program.instructions[at];
    first.imm = 0;
    first.set_src(is_value ? isa::pseudo_map_value : isa::pseudo_map_fd);
    if (is_value) {
      program.instructions[at + 1].imm = static_cast<std::int32_t>(relocation.offset);
    }
    program.maps.push_back({at, relocation.target, is_value, relocation.offset});
  }
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
  if (program.type == ProgramType::struct_ops) {
    return fail(ErrorKind::unsupported, "it belongs to a struct_ops map: skep has none yet");
  }
  if (program.type == ProgramType::ext) {
    return fail(ErrorKind::unsupported,
                "it replaces a function of another program: skep cannot say which yet");
  }
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
        core(of.types, against.types ? &*against.types : nullptr),
        callbacks(exception_callbacks(of.types)),
        answers(of.functions.size()) {}

  const ObjectSpec& spec;
  const Target& target;
  CoreEngine core;
  Callbacks callbacks;
  std::vector<std::optional<std::vector<CoreAnswer>>> answers;  // by function

  Result<void> prepare();
  Result<void> answer_all(std::uint32_t function);
  Result<void> add_callback(const ProgramSpec& program, Assembly& assembly) const;
  Result<void> apply_answers(const Assembly& assembly, LinkedProgram& program);
  Result<std::uint32_t> attach_btf_id(const ProgramSpec& program);
  Result<LinkedProgram> link(const ProgramSpec& program);
};

// In the order of the file, because answers narrow the candidates of later questions.
Result<void> Linker::State::prepare() {
  std::vector<bool> is_wanted(spec.functions.size());
  for (std::size_t i = 0; i < spec.functions.size(); ++i) {
    is_wanted[i] = spec.functions[i].section == ".text";
  }
  for (const auto& program : spec.programs) {
    if (!program.autoload) continue;
    is_wanted[program.function] = true;
    const auto target_name = attach_target_of(program);
    if (target_name && *target_name) {
      core.names().want_first((*target_name)->name, (*target_name)->kind);
    }
  }
  for (std::uint32_t i = 0; i < spec.functions.size(); ++i) {
    if (!is_wanted[i]) continue;
    for (const auto& relocation : spec.functions[i].core_relocations) core.expect(relocation);
  }
  for (std::uint32_t i = 0; i < spec.functions.size(); ++i) {
    if (is_wanted[i]) SKEP_CHECK(answer_all(i));
  }
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
      const auto before = program.instructions[at];
      auto done = apply_core(program.instructions, at, relocation, answer);
      if (!done) {
        return add_context(std::move(done).error(), "function '{}': instruction {}", function.name,
                           relocation.instruction);
      }
      const auto after = program.instructions[at];
      const bool is_poisoned = isa::is_call(after) && after.imm == poison_call;
      program.core.push_back({at, relocation.kind, answer.local, answer.target,
                              is_poisoned ? std::nullopt : answer.value, before, after});
    }
  }
  return {};
}

Result<std::uint32_t> Linker::State::attach_btf_id(const ProgramSpec& program) {
  SKEP_TRY(const auto wanted, attach_target_of(program));
  if (!wanted) return 0;
  if (!target.types) {
    return fail(ErrorKind::unsupported,
                "it attaches by BTF, and the types of the target kernel are not known");
  }
  auto& names = core.names();
  names.want_first(wanted->name, wanted->kind);
  names.run(*target.types);
  return find_attach_target(*wanted, names, *target.types);
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
    add_map_references(spec.functions[index], assembly.position_of(index), linked);
  }
  merge_records(spec, assembly, &FunctionSpec::function_info, linked.function_info);
  merge_records(spec, assembly, &FunctionSpec::line_info, linked.line_info);
  SKEP_TRY(linked.attach_btf_id, attach_btf_id(program));
  return linked;
}

Linker::Linker(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;
Linker::~Linker() = default;

Result<Linker> Linker::create(const ObjectSpec& spec, const Target& target) {
  auto state = std::make_unique<State>(spec, target);
  SKEP_CHECK(state->prepare());
  return Linker(std::move(state));
}

Result<LinkedProgram> Linker::link(std::size_t program) {
  const auto& spec = state_->spec.programs[program];
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
    if (attaches_by_type || asks(spec.functions[program.function])) return true;
  }
  return any && std::ranges::any_of(spec.functions, [&](const FunctionSpec& function) {
           return function.section == ".text" && asks(function);
         });
}

}  // namespace skep::object
