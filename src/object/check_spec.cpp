#include "object/check_spec.hpp"

#include "base/error.hpp"
#include "isa/opcode.hpp"
#include "object/externs.hpp"

namespace skep::object {
namespace {

Result<void> check_index(std::uint64_t index, std::uint64_t count, std::string_view what) {
  if (index < count) return {};
  return fail(ErrorKind::bad_input, "{} {}, of {}", what, index, count);
}

// The wide form: what refers to data is written into both of its slots.
bool is_whole_lddw(const FunctionSpec& function, std::uint32_t instruction) {
  return isa::is_lddw(function.instructions[instruction]) &&
         instruction + 1 < function.instructions.size();
}

Result<void> check_relocation(const ObjectSpec& spec, const FunctionSpec& function,
                              const Relocation& relocation) {
  SKEP_CHECK(check_index(relocation.instruction, function.instructions.size(), "instruction"));
  const bool is_call =
      relocation.kind == Relocation::Kind::call || relocation.kind == Relocation::Kind::extern_call;
  const bool fits = is_call ? isa::is_call(function.instructions[relocation.instruction])
                            : is_whole_lddw(function, relocation.instruction);
  if (!fits) {
    return fail(ErrorKind::bad_input, "instruction {} is no {}", relocation.instruction,
                is_call ? "call" : "lddw");
  }
  switch (relocation.kind) {
    case Relocation::Kind::map:
    case Relocation::Kind::map_value:
      return check_index(relocation.target, spec.maps.size(), "map");
    case Relocation::Kind::call:
    case Relocation::Kind::function:
      return check_index(relocation.target, spec.functions.size(), "function");
    case Relocation::Kind::extern_value:
    case Relocation::Kind::extern_call:
      return check_index(relocation.target, spec.externs.size(), "extern");
  }
  return fail(ErrorKind::bad_input, "its kind {} is none",
              static_cast<std::uint32_t>(relocation.kind));
}

Result<void> check_core(const FunctionSpec& function, const CoreRelocation& relocation) {
  SKEP_CHECK(check_index(relocation.instruction, function.instructions.size(), "instruction"));
  const bool is_cut = isa::is_lddw(function.instructions[relocation.instruction]) &&
                      !is_whole_lddw(function, relocation.instruction);
  if (is_cut) return fail(ErrorKind::bad_input, "the lddw is cut short");
  return {};
}

template <typename Record>
Result<void> check_records(const FunctionSpec& function, const std::vector<Record>& records,
                           std::string_view what) {
  for (const auto& record : records) {
    auto good =
        check_index(record.instruction, function.instructions.size(), "a record of instruction");
    if (!good) return add_context(std::move(good).error(), "{}", what);
  }
  return {};
}

Result<void> check_function(const ObjectSpec& spec, const FunctionSpec& function) {
  for (std::size_t i = 0; i < function.relocations.size(); ++i) {
    auto good = check_relocation(spec, function, function.relocations[i]);
    if (!good) return add_context(std::move(good).error(), "relocation {}", i);
  }
  for (std::size_t i = 0; i < function.core_relocations.size(); ++i) {
    auto good = check_core(function, function.core_relocations[i]);
    if (!good) return add_context(std::move(good).error(), "CO-RE relocation {}", i);
  }
  SKEP_CHECK(check_records(function, function.function_info, "function information"));
  return check_records(function, function.line_info, "line information");
}

// What is resolved becomes bytes of the map .kconfig.
Result<void> check_extern(const ObjectSpec& spec, const ExternSpec& item) {
  SKEP_CHECK(check_index(item.type, spec.types.end_id(), "type"));
  if (item.kind != ExternSpec::Kind::kconfig) return {};
  const auto size = spec.types.size_of(item.type);
  if (kconfig_kind(spec.types, item.type) == KconfigKind::none || !size || *size != item.size) {
    return fail(ErrorKind::bad_input, "type {} is none of {} bytes for a configuration value",
                item.type, item.size);
  }
  const auto* map = spec.find_map(".kconfig");
  const std::uint64_t bytes = map != nullptr ? map->value_size : 0;
  if (item.offset <= bytes && item.size <= bytes - item.offset) return {};
  return fail(ErrorKind::bad_input, "{} bytes at {} of map .kconfig, which has {}", item.size,
              item.offset, bytes);
}

}  // namespace

Result<void> check_spec(const ObjectSpec& spec) {
  for (const auto& program : spec.programs) {
    auto good = check_index(program.function, spec.functions.size(), "function");
    if (!good) return add_context(std::move(good).error(), "program '{}'", program.name);
  }
  for (const auto& item : spec.externs) {
    auto good = check_extern(spec, item);
    if (!good) return add_context(std::move(good).error(), "extern '{}'", item.name);
  }
  for (const auto& function : spec.functions) {
    auto good = check_function(spec, function);
    if (!good) return add_context(std::move(good).error(), "function '{}'", function.name);
  }
  return {};
}

}  // namespace skep::object
