// kernel/types_load.hpp: an object's BTF, given to the kernel.
#pragma once

#include <string>

#include "kernel/syscalls.hpp"
#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

struct LoadedTypes {
  Fd fd;
  // False where the kernel knows no FUNC: programs can have no function and line info.
  bool has_functions = true;
  std::string note;  // what this kernel does not know; empty when it took all
};

// Types that the kernel refuses are told again without the kinds that it does not know
// (btf/sanitise.hpp): which those are, small sets of types find out, one load each. Ids stay the
// same. Errors: what the kernel says; report() holds its log.
[[nodiscard]] Result<LoadedTypes> load_types(Syscalls& sys, const Btf& types);

}  // namespace skep::kernel
