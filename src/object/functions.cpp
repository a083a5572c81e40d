// Functions, programs, and what .BTF.ext says of each.
#include <cstring>
#include <map>
#include <unordered_set>

#include "base/error.hpp"
#include "object/section.hpp"
#include "object/sort.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

// Two names may stand for one place (an alias), but a file must not stand for many times its size.
constexpr std::uint64_t max_names_for_one_place = 4;

Result<FunctionSpec> read_function(const elf::Section& section, const elf::Symbol& symbol) {
  if (symbol.size == 0 || symbol.size % insn_bytes != 0 || symbol.value % insn_bytes != 0) {
    return fail(ErrorKind::bad_input,
                "function '{}' in section {}: {} bytes at {:#x} are no instructions", symbol.name,
                section.name, symbol.size, symbol.value);
  }
  const auto bytes = slice(section.data, symbol.value, symbol.size);
  if (!bytes || symbol.name.empty()) {
    return fail(ErrorKind::bad_input, "section {}: function '{}' is outside of it or has no name",
                section.name, symbol.name);
  }
  FunctionSpec function;
  function.name = symbol.name;
  function.section = section.name;
  function.section_offset = static_cast<std::uint32_t>(symbol.value / insn_bytes);
  function.global = symbol.binding != elf::Binding::local &&
                    symbol.visibility != elf::Visibility::hidden &&
                    symbol.visibility != elf::Visibility::internal;
  function.instructions.resize(bytes->size() / insn_bytes);
  std::memcpy(function.instructions.data(), bytes->data(), bytes->size());
  return function;
}

Result<void> check_binding(const elf::Section& section, const elf::Symbol& symbol, Role role) {
  if (role == Role::text || symbol.binding != elf::Binding::local) return {};
  Error error(ErrorKind::unsupported,
              fmt::format("section {}: program '{}' is static", section.name, symbol.name));
  return std::unexpected(
      std::move(error).hint("make the program global; static functions belong outside of SEC(…)"));
}

using SymbolList = std::vector<const elf::Symbol*>;

Result<void> read_section(const Source& source, const elf::Section& section,
                          const SymbolList& symbols, std::vector<FunctionSpec>& functions) {
  std::uint64_t total = 0;
  const auto first = functions.size();
  for (const auto* symbol : symbols) {
    SKEP_CHECK(check_binding(section, *symbol, source.role(section.index)));
    total += symbol->size;
    if (total > max_names_for_one_place * section.size) {
      return fail(ErrorKind::bad_input, "section {}: its functions overlap", section.name);
    }
    SKEP_TRY(auto function, read_function(section, *symbol));
    functions.push_back(std::move(function));
  }
  sort_stably(functions, &FunctionSpec::section_offset, first);
  return {};
}

void add_program(const FunctionSpec& function, std::uint32_t index, ObjectSpec& spec) {
  ProgramSpec program;
  program.name = function.name;
  program.section = function.section;
  program.function = index;
  // An unknown name is no error yet: the caller may say what it means. Linking says what is wrong.
  if (const auto meaning = meaning_of_section(function.section)) apply(*meaning, program);
  program.autoload = !function.section.starts_with('?');
  spec.programs.push_back(std::move(program));
}

// The records of .BTF.ext that lie inside a function, converted, in order of their instructions.
// Records outside of every function belonged to a weak function that lost.
template <typename From, typename To, typename Convert>
Result<void> distribute(const Source& source, const std::vector<btf::SectionRecords<From>>& all,
                        std::vector<FunctionSpec>& functions, std::vector<To> FunctionSpec::* list,
                        std::string_view what, Convert convert) {
  const FunctionIndex index(source, functions);
  std::unordered_set<std::string_view> done;
  for (const auto& [name, records] : all) {
    const auto* section = source.find(name);
    if (section == nullptr || !done.insert(name).second) continue;
    for (const auto& record : records) {
      if (record.instruction_offset % insn_bytes != 0) {
        return fail(ErrorKind::bad_input, "section {}: {} at byte {:#x}, inside an instruction",
                    name, what, record.instruction_offset);
      }
      const auto instruction = record.instruction_offset / insn_bytes;
      const auto function = index.find(section->index, instruction);
      if (!function) continue;
      auto& owner = functions[*function];
      (owner.*list).push_back(convert(record, instruction - owner.section_offset));
    }
  }
  for (auto& function : functions) sort_stably(function.*list, &To::instruction);
  return {};
}

Result<void> read_ext(const Source& source, std::vector<FunctionSpec>& functions) {
  SKEP_CHECK(distribute(source, source.ext.functions, functions, &FunctionSpec::function_info,
                        "function information",
                        [](const btf::FuncInfo& record, std::uint32_t instruction) {
                          return FunctionInfo{instruction, record.type};
                        }));
  SKEP_CHECK(
      distribute(source, source.ext.lines, functions, &FunctionSpec::line_info, "line information",
                 [](const btf::LineInfo& record, std::uint32_t instruction) {
                   return LineInfo{instruction, record.file_name, record.line, record.line_column};
                 }));
  return distribute(source, source.ext.relocations, functions, &FunctionSpec::core_relocations,
                    "a CO-RE relocation",
                    [](const btf::CoreRelocation& record, std::uint32_t instruction) {
                      return CoreRelocation{instruction, record.type, record.access,
                                            static_cast<std::uint32_t>(record.kind)};
                    });
}

}  // namespace

Result<void> read_functions(const Source& source, ObjectSpec& spec) {
  std::map<std::uint32_t, SymbolList> by_section;
  for (const auto& symbol : source.file.symbols) {
    const bool is_function = symbol.type == elf::SymbolType::function;
    if (is_function && source.is_code(symbol.section))
      by_section[symbol.section].push_back(&symbol);
  }
  for (const auto& [index, symbols] : by_section) {
    const auto first = static_cast<std::uint32_t>(spec.functions.size());
    SKEP_CHECK(read_section(source, source.file.sections[index], symbols, spec.functions));
    if (source.role(index) == Role::text) continue;
    for (auto i = first; i < spec.functions.size(); ++i) add_program(spec.functions[i], i, spec);
  }
  return read_ext(source, spec.functions);
}

}  // namespace skep::object
