// run/relocations.hpp: what the types of a kernel make of an object's CO-RE relocations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "object/link.hpp"
#include "run/source.hpp"

namespace skep::run {

struct PlannedRelocation {
  std::string program;
  std::string function;                // the program's own, or a subprogram's
  std::uint32_t instruction = 0;       // counted as the verifier's log does, subprograms at the end
  std::string kind;                    // "byte_off", "type_exists": as libbpf's log has them
  std::string local;                   // "struct task_struct.pid (0:23 @ offset 1234)"
  std::string target;                  // the same in the kernel; empty where it has none
  std::optional<std::uint64_t> value;  // what the instruction was given; nothing: poisoned
  std::string before, after;           // the instruction, as the verifier's log prints it
};

struct RelocationPlan {
  std::vector<PlannedRelocation> relocations;  // by program, then by instruction
  std::vector<std::string> notes;  // programs that are not loaded and could not be linked, and why
};

// Errors: those of object::Linker, about a program that `run` would load.
[[nodiscard]] Result<RelocationPlan> plan_relocations(const ObjectSpec& spec,
                                                      const object::Target& target);
// For the running kernel and its modules, or for the types that were named with the source. Errors:
// also when types cannot be read and are needed.
[[nodiscard]] Result<RelocationPlan> plan_relocations(const Source& source);

// For people: five lines a relocation. For programs: one JSON object.
[[nodiscard]] std::string to_text(const RelocationPlan& plan);
[[nodiscard]] std::string to_json(const RelocationPlan& plan);

}  // namespace skep::run
