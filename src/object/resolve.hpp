// object/resolve.hpp: the kernel's symbols, variables and functions that an object refers to.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "object/link.hpp"
#include "object/target_names.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// What became of one extern of __ksym.
struct ResolvedExtern {
  bool is_found = false;
  std::uint64_t address = 0;            // address
  btf::TypeId type = 0;                 // variable, function: in the kernel's or the module's types
  std::optional<std::uint32_t> module;  // index into Target::modules
  std::int16_t fd_index = 0;            // function of a module: where its descriptor is in fd_array
};

struct ResolvedExterns {
  std::vector<ResolvedExtern> list;  // in the order of ObjectSpec::externs
  // Modules whose descriptors stand in fd_array, from its index 1 on: a call names its module by
  // that index, and 0 means the kernel.
  std::vector<std::uint32_t> fd_modules;
};

// Says what resolve_externs will ask for, so that one pass over the types finds all.
void want_externs(const ObjectSpec& spec, TargetNames& names);

// Preconditions: check_spec(), want_externs(). The rules are libbpf's: a weak extern that is not
// there is no error, nor is a weak function with another prototype; a weak variable with another
// type is. A function's ___flavour does not count, a variable's does.
// Errors: not_found, with a near name; invalid_argument for another type than the kernel's;
// unsupported when the target's types or symbols are not known.
[[nodiscard]] Result<ResolvedExterns> resolve_externs(const ObjectSpec& spec, const Target& target,
                                                      TargetNames& names);

// Writes them into the instructions of a function that stands at `position` of the program.
void apply_externs(const FunctionSpec& function, const ResolvedExterns& externs,
                   std::uint32_t position, LinkedProgram& program);

}  // namespace skep::object
