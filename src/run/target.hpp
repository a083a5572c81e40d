// run/target.hpp: the types of a kernel from a file, instead of the running one's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "object/target.hpp"
#include "skep/btf.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// From a file of BTF, or an ELF file with a section .BTF (vmlinux). From a directory: the file
// RELEASE.btf in it, where RELEASE is what uname -r says. At most 1 GiB. Errors: not_found;
// bad_input, naming the file.
[[nodiscard]] Result<Btf> read_target_types(const std::filesystem::path& path);

// The types that `path` stands for; without one, the running kernel's.
[[nodiscard]] Result<Btf> target_types(const std::string& path);

// A kernel of which nothing but its types is known: no symbols, no modules.
[[nodiscard]] object::Target target_of_types(Btf types);

// What cannot be said of an object on such a kernel, one sentence each: whether it has a symbol
// that the object cannot do without.
[[nodiscard]] std::vector<std::string> what_types_leave_open(const ObjectSpec& spec);

// Adds the types of the running kernel's modules that are needed, as /sys/kernel/btf lists them:
// anybody may read those. None where the kernel's own are not known. Errors: bad_input.
[[nodiscard]] Result<void> add_module_types(
    const object::ModuleNeeds& needs, object::Target& target,
    const std::filesystem::path& folder = "/sys/kernel/btf");

}  // namespace skep::run
