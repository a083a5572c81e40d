#include <algorithm>
#include <map>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "btf/encode.hpp"
#include "isa/encode.hpp"
#include "isa/opcode.hpp"
#include "object/section.hpp"
#include "skep/assembler.hpp"
#include "skep/map.hpp"

namespace skep {
namespace assembly {

Operation load_map(Register to, const Map& map, Place where) {
  Operation out{.kind = Operation::Kind::map_descriptor,
                .insn = {.code = isa::code_lddw, .imm = map.fd()},
                .where = where};
  out.insn.set_dst(to.number);
  out.insn.set_src(isa::pseudo_map_fd);
  return out;
}

}  // namespace assembly

namespace {

using assembly::Operation;

constexpr std::size_t kernel_name_bytes = 15;  // BPF_OBJ_NAME_LEN without its NUL

// Where things of one kind stand in the spec, by name.
using Indices = std::map<std::string, std::uint32_t, std::less<>>;

template <typename Things>
Result<void> add_names(const Things& things, std::string_view what, Indices& out) {
  for (const auto& thing : things) {
    if (thing.name.empty()) return fail(ErrorKind::invalid_argument, "a {} without a name", what);
    const auto index = static_cast<std::uint32_t>(out.size());
    if (!out.emplace(thing.name, index).second) {
      return fail(ErrorKind::invalid_argument, "{} '{}' is there twice", what, thing.name);
    }
  }
  return {};
}

Result<std::uint32_t> find(const Indices& indices, std::string_view what,
                           const isa::OutsideReference& reference) {
  const auto found = indices.find(reference.name);
  if (found != indices.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, index] : indices) names.push_back(name);
  return fail(ErrorKind::invalid_argument, "{}: no {} '{}'; there are: {}",
              isa::describe(reference.where, reference.instruction), what, reference.name,
              names.empty() ? "none" : enumerate(names));
}

Relocation::Kind relocation_kind(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::call:
      return Relocation::Kind::call;
    case Operation::Kind::function:
      return Relocation::Kind::function;
    case Operation::Kind::map_value:
      return Relocation::Kind::map_value;
    default:
      return Relocation::Kind::map;
  }
}

// Builds the spec's functions, and the types that tell the kernel their names and lines. Every
// function is said to be `int NAME(void)`: the verifier follows static functions call by call, and
// does not look at their prototypes.
class Builder {
 public:
  Builder(Indices maps, Indices functions)
      : maps_(std::move(maps)), functions_(std::move(functions)) {
    integer_ = types_.add(
        {.kind = btf::Kind::int_, .name = "int", .size = 4, .is_signed = true, .int_bits = 32});
    prototype_ = types_.add({.kind = btf::Kind::func_proto, .target = integer_});
  }

  Result<FunctionSpec> function(std::string_view name, std::string_view section,
                                const assembly::Code& code) {
    auto encoded = isa::encode(code);
    if (!encoded) return add_context(std::move(encoded).error(), "assemble '{}'", name);
    if (encoded->instructions.empty()) {
      return fail(ErrorKind::invalid_argument, "assemble '{}': it has no instruction", name);
    }
    FunctionSpec out{.name = std::string(name),
                     .section = std::string(section),
                     .instructions = std::move(encoded->instructions)};
    for (const auto& reference : encoded->references) {
      auto relocation = relocate(reference);
      if (!relocation) return add_context(std::move(relocation).error(), "assemble '{}'", name);
      out.relocations.push_back(*relocation);
    }
    const auto id = types_.add({.kind = btf::Kind::func, .name = name, .target = prototype_});
    out.function_info.push_back({0, id});
    for (const auto& line : encoded->lines) lines_.push_back({functions_built_, line});
    ++functions_built_;
    return out;
  }

  // Lines are texts among the types, so they come when all types are there.
  Result<void> finish(ObjectSpec& spec) {
    btf::Strings& strings = types_.strings();
    for (const auto& [function, line] : lines_) {
      std::string_view file(line.where.file);
      if (file.empty()) file = "assembled";
      spec.functions[function].line_info.push_back({line.instruction, strings.offset_of(file),
                                                    strings.offset_of(line.text),
                                                    line.where.line << 10});
    }
    SKEP_TRY(spec.types, Btf::parse(types_.build()));
    return {};
  }

 private:
  Result<Relocation> relocate(const isa::OutsideReference& reference) const {
    const auto kind = relocation_kind(reference.kind);
    const bool is_code = kind == Relocation::Kind::call || kind == Relocation::Kind::function;
    SKEP_TRY(const auto target,
             find(is_code ? functions_ : maps_, is_code ? "function" : "map", reference));
    return Relocation{kind, reference.instruction, target, reference.offset};
  }

  Indices maps_, functions_;
  btf::Encoder types_;
  btf::TypeId integer_ = 0, prototype_ = 0;
  std::vector<std::pair<std::size_t, isa::EncodedLine>> lines_;
  std::size_t functions_built_ = 0;
};

Result<ProgramSpec> program_of(const assembly::Program& program, std::uint32_t function) {
  ProgramSpec out{.name = program.name, .section = program.section, .function = function};
  if (!program.section.empty()) {
    auto meaning = object::meaning_of_section(program.section);
    if (!meaning) return add_context(std::move(meaning).error(), "assemble '{}'", program.name);
    object::apply(*meaning, out);
  } else if (program.type == ProgramType::unspecified) {
    return fail(ErrorKind::invalid_argument,
                "assemble '{}': it has neither a section (\"xdp\") nor a type", program.name);
  }
  if (program.type != ProgramType::unspecified) out.type = program.type;
  if (program.attach_type != 0) out.attach_type = program.attach_type;
  out.flags |= program.flags;
  return out;
}

}  // namespace

Result<ObjectSpec> assemble(assembly::Source source) {
  Indices maps, functions;
  SKEP_CHECK(add_names(source.maps, "map", maps));
  SKEP_CHECK(add_names(source.programs, "program", functions));
  SKEP_CHECK(add_names(source.functions, "function", functions));
  ObjectSpec spec;
  spec.name = std::move(source.name);
  spec.license = std::move(source.license);
  spec.maps = std::move(source.maps);
  for (MapSpec& map : spec.maps) {
    if (map.kernel_name.empty()) map.kernel_name = map.name.substr(0, kernel_name_bytes);
  }
  Builder builder(std::move(maps), std::move(functions));
  for (const auto& program : source.programs) {
    const auto index = static_cast<std::uint32_t>(spec.functions.size());
    SKEP_TRY(auto entry, program_of(program, index));
    SKEP_TRY(auto function, builder.function(program.name, program.section, program.code));
    function.global = true;
    spec.programs.push_back(std::move(entry));
    spec.functions.push_back(std::move(function));
  }
  for (const auto& item : source.functions) {
    SKEP_TRY(auto function, builder.function(item.name, ".text", item.code));
    spec.functions.push_back(std::move(function));
  }
  SKEP_CHECK(builder.finish(spec));
  return spec;
}

}  // namespace skep
