// kernel/program_load.hpp: one linked program, through the verifier.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "object/link.hpp"
#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

// Writes the descriptors of the maps (in the order of ObjectSpec::maps) into the instructions.
[[nodiscard]] Result<void> patch_maps(object::LinkedProgram& program, std::span<const Map> maps);

// Writes the descriptors of modules' BTF (in the order of object::Target::modules) next to the
// types that the instructions name.
[[nodiscard]] Result<void> patch_modules(object::LinkedProgram& program,
                                         std::span<const Fd> modules);

// Makes the map live as long as the program, used or not (kernel 5.10); a refusal harms nobody.
void bind_map(Syscalls& sys, int program, int map) noexcept;

struct ProgramContext {
  int types_fd = -1;  // the object's BTF; -1: no function and line info is given
  const std::string* license = nullptr;
  std::uint32_t kernel_version = 0;
  std::span<const Fd> modules = {};          // as for patch_modules
  std::span<const ExternSpec> externs = {};  // of the object, for messages
};

// Errors: rejected (the verifier refuses; report() is its whole log), permission (refused before
// verification), unsupported, limit, and what else the kernel says; code() is the kernel's errno.
[[nodiscard]] Result<Fd> load_program(Syscalls& sys, const ProgramSpec& spec,
                                      const object::LinkedProgram& program,
                                      const ProgramContext& context);

}  // namespace skep::kernel
