// kernel/target.hpp: the running kernel, as object/ wants to know it (object/target.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "object/target.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// What was read of this kernel, and the descriptors of its modules' BTF, which are patched into
// programs last.
struct HostTarget {
  object::Target target;
  std::vector<Fd> modules;  // in the order of target.modules
};

// Reads what the object asks for and nothing more. `types`: the kernel's, when the caller has them.
// `kconfig`: lines of configuration that hold instead of the kernel's own ("CONFIG_HZ=250\n…").
// `notes` takes what is odd but no error, one sentence each.
[[nodiscard]] Result<HostTarget> read_target(Syscalls& sys, const object::TargetNeeds& needs,
                                             std::optional<Btf> types, std::string kconfig,
                                             std::vector<std::string>& notes);

// The types of the modules that are loaded, in the order of their ids, and their descriptors
// (kernel 5.11, CAP_SYS_ADMIN; without the privilege there are none, as for libbpf). None where the
// kernel's own are not known.
[[nodiscard]] Result<void> add_modules(Syscalls& sys, const object::ModuleNeeds& needs,
                                       HostTarget& host);

}  // namespace skep::kernel
