// What the places in the code that the compiler left open refer to.
//
// Kinds of relocation: Documentation/bpf/llvm_reloc.rst. An lddw refers to a map, a variable or a
// function, a call to a function. Static things are named by their section and an offset in the
// instruction; calls inside of .text have no relocation at all.
#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "isa/opcode.hpp"
#include "object/externs.hpp"
#include "object/sort.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

class Reader {
 public:
  Reader(const Source& source, ObjectSpec& spec)
      : source_(source), spec_(spec), functions_(source, spec.functions) {
    for (std::uint32_t i = 0; i < spec.maps.size(); ++i) {
      const auto& map = spec.maps[i];
      if (map.section == DataSection::kconfig) {
        kconfig_map_ = i;  // no section of the file
      } else if (map.is_data()) {
        data_maps_.emplace(source.by_name.at(map.section_name), i);
      } else {
        maps_.emplace(map.section_offset, i);
      }
    }
    const auto arena = find_arena(spec);
    for (const auto section : source.with_role(Role::arena)) {
      if (arena) data_maps_.emplace(section, *arena);
    }
    for (std::uint32_t i = 0; i < spec.externs.size(); ++i)
      externs_.emplace(spec.externs[i].name, i);
    const auto* text = source.find(".text");
    if (text != nullptr && source.role(text->index) == Role::text) text_ = text->index;
  }

  Result<void> read_section(std::uint32_t index) {
    const auto& section = source_.file.sections[index];
    SKEP_TRY(const auto relocations, source_.file.relocations_of(index));
    for (const auto& relocation : relocations) {
      auto done = read(section, relocation);
      if (!done) {
        return add_context(std::move(done).error(), "section {}: relocation at {:#x}", section.name,
                           relocation.offset);
      }
    }
    return {};
  }

  Result<void> finish(FunctionSpec& function) const {
    sort_stably(function.relocations, &Relocation::instruction);
    const auto twice =
        std::ranges::adjacent_find(function.relocations, {}, &Relocation::instruction);
    if (twice != function.relocations.end()) {
      return fail(ErrorKind::bad_input, "function '{}': instruction {} is relocated twice",
                  function.name, twice->instruction);
    }
    return add_calls_within_text(function);
  }

 private:
  Result<void> read(const elf::Section& section, const elf::Relocation& relocation) {
    if (relocation.offset % insn_bytes != 0) {
      return fail(ErrorKind::bad_input, "it is inside an instruction");
    }
    const auto place = relocation.offset / insn_bytes;
    const auto owner = functions_.find(section.index, place);
    // Nobody's code: a weak function that another one replaced.
    if (!owner) return {};
    auto& function = spec_.functions[*owner];
    const auto instruction = static_cast<std::uint32_t>(place - function.section_offset);
    const auto& symbol = source_.file.symbols[relocation.symbol];
    const auto& insn = function.instructions[instruction];
    if (isa::is_call(insn)) {
      SKEP_TRY(auto result, is_extern(symbol) ? called_extern(symbol) : called(insn, symbol));
      result.instruction = instruction;
      function.relocations.push_back(result);
      return {};
    }
    if (!isa::is_lddw(insn) || instruction + 1 >= function.instructions.size()) {
      return fail(ErrorKind::bad_input, "'{}' is wanted where code {:#x} stands: no call, no lddw",
                  name_of(symbol), insn.code);
    }
    SKEP_TRY(auto result, is_extern(symbol) ? extern_address(insn, symbol) : address(insn, symbol));
    result.instruction = instruction;
    function.relocations.push_back(result);
    return {};
  }

  [[nodiscard]] std::string_view name_of(const elf::Symbol& symbol) const {
    if (!symbol.name.empty() || symbol.section >= source_.file.sections.size()) return symbol.name;
    return source_.file.sections[symbol.section].name;
  }

  [[nodiscard]] Result<std::uint32_t> extern_of(const elf::Symbol& symbol) const {
    const auto found = externs_.find(symbol.name);
    if (found != externs_.end()) return found->second;
    return fail(ErrorKind::bad_input, "'{}' is not described", symbol.name);
  }

  Result<Relocation> called_extern(const elf::Symbol& symbol) const {
    SKEP_TRY(const auto target, extern_of(symbol));
    if (spec_.externs[target].kind != ExternSpec::Kind::function) {
      return fail(ErrorKind::bad_input, "'{}' is called, but is a variable", symbol.name);
    }
    return Relocation{Relocation::Kind::extern_call, 0, target, 0};
  }

  // A value of the configuration stands in a map as any other variable does.
  Result<Relocation> extern_address(const Insn& insn, const elf::Symbol& symbol) const {
    SKEP_TRY(const auto target, extern_of(symbol));
    const auto& item = spec_.externs[target];
    if (item.kind == ExternSpec::Kind::kconfig) {
      return Relocation{Relocation::Kind::map_value, 0, kconfig_map_,
                        item.offset + static_cast<std::uint32_t>(insn.imm)};
    }
    return Relocation{Relocation::Kind::extern_value, 0, target, 0};
  }

  Result<Relocation> called(const Insn& insn, const elf::Symbol& symbol) const {
    SKEP_TRY(const auto target, called_function(insn, symbol));
    return Relocation{Relocation::Kind::call, 0, target, 0};
  }

  Result<std::uint32_t> called_function(const Insn& insn, const elf::Symbol& symbol) const {
    if (insn.src() != isa::pseudo_call || symbol.value % insn_bytes != 0) {
      return fail(ErrorKind::bad_input, "the call of '{}' is malformed", name_of(symbol));
    }
    if (text_ == 0 || symbol.section != text_) {
      Error error(ErrorKind::bad_input,
                  fmt::format("'{}' is called, but is no subprogram", name_of(symbol)));
      return std::unexpected(
          std::move(error).hint("programs cannot be called; a subprogram has no SEC(…)"));
    }
    // A global function's call has -1 in imm, a static one's the distance from the section's start.
    return text_function(static_cast<std::int64_t>(symbol.value / insn_bytes) + insn.imm + 1);
  }

  // The function that starts at that instruction of .text.
  [[nodiscard]] Result<std::uint32_t> text_function(std::int64_t instruction) const {
    if (instruction >= 0) {
      const auto found = functions_.find(text_, static_cast<std::uint64_t>(instruction));
      if (found && spec_.functions[*found].section_offset == instruction) return *found;
    }
    return fail(ErrorKind::bad_input, "no function starts at instruction {} of .text", instruction);
  }

  Result<Relocation> address(const Insn& insn, const elf::Symbol& symbol) const {
    switch (source_.role(symbol.section)) {
      case Role::text: {
        const auto byte = static_cast<std::int64_t>(symbol.value) + insn.imm;
        if (byte % insn_bytes != 0)
          return fail(ErrorKind::bad_input, "it is inside an instruction");
        SKEP_TRY(const auto target, text_function(byte / insn_bytes));
        return Relocation{Relocation::Kind::function, 0, target, 0};
      }
      case Role::maps: {
        const auto found = maps_.find(symbol.value);
        if (found == maps_.end()) break;
        return Relocation{Relocation::Kind::map, 0, found->second, 0};
      }
      case Role::data:
      case Role::arena: {
        const auto offset =
            static_cast<std::uint32_t>(symbol.value) + static_cast<std::uint32_t>(insn.imm);
        return Relocation{Relocation::Kind::map_value, 0, data_maps_.at(symbol.section), offset};
      }
      case Role::struct_ops:
      case Role::program:
      case Role::other:
        break;
    }
    return fail(ErrorKind::bad_input, "'{}' is no map, no variable and no subprogram",
                name_of(symbol));
  }

  Result<void> add_calls_within_text(FunctionSpec& function) const {
    std::vector<Relocation> calls;
    auto known = function.relocations.begin();
    for (std::uint32_t i = 0; i < function.instructions.size(); ++i) {
      const auto& insn = function.instructions[i];
      while (known != function.relocations.end() && known->instruction < i) ++known;
      const bool is_known = known != function.relocations.end() && known->instruction == i;
      if (isa::is_lddw(insn)) {
        ++i;
      } else if (isa::is_pseudo_call(insn) && !is_known) {
        SKEP_TRY(const auto target, neighbour(function, i, insn));
        calls.push_back({Relocation::Kind::call, i, target, 0});
      }
    }
    auto& all = function.relocations;
    all.insert(all.end(), calls.begin(), calls.end());
    sort_stably(all, &Relocation::instruction);
    return {};
  }

  Result<std::uint32_t> neighbour(const FunctionSpec& function, std::uint32_t instruction,
                                  const Insn& insn) const {
    if (text_ != 0 && function.section == ".text") {
      auto target =
          text_function(std::int64_t{function.section_offset} + instruction + insn.imm + 1);
      if (target) return target;
    }
    return fail(ErrorKind::bad_input, "function '{}': the call at instruction {} leads nowhere",
                function.name, instruction);
  }

  const Source& source_;
  ObjectSpec& spec_;
  FunctionIndex functions_;
  std::unordered_map<std::uint64_t, std::uint32_t> maps_;       // by offset in .maps
  std::unordered_map<std::uint32_t, std::uint32_t> data_maps_;  // by section
  std::unordered_map<std::string_view, std::uint32_t> externs_;
  std::uint32_t kconfig_map_ = 0;
  std::uint32_t text_ = 0;
};

}  // namespace

Result<void> read_relocations(const Source& source, ObjectSpec& spec) {
  Reader reader(source, spec);
  for (std::uint32_t index = 1; index < source.roles.size(); ++index) {
    if (source.is_code(index)) SKEP_CHECK(reader.read_section(index));
  }
  for (auto& function : spec.functions) SKEP_CHECK(reader.finish(function));
  return {};
}

}  // namespace skep::object
