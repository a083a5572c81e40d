// run/target.hpp: the types of a kernel from a file, instead of the running one's.
#pragma once

#include <filesystem>
#include <string>

#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::run {

// From a file of BTF, or an ELF file with a section .BTF (vmlinux). From a directory: the file
// RELEASE.btf in it, where RELEASE is what uname -r says. At most 1 GiB. Errors: not_found;
// bad_input, naming the file.
[[nodiscard]] Result<Btf> read_target_types(const std::filesystem::path& path);

// The types that `path` stands for; without one, the running kernel's.
[[nodiscard]] Result<Btf> target_types(const std::string& path);

}  // namespace skep::run
