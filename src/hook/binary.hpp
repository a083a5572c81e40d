// hook/binary.hpp: where a program or library that is named without a path lies.
#pragma once

#include <filesystem>
#include <string>

#include "skep/result.hpp"

namespace skep::hook {

// A name with a slash is a path as it is. "libc.so.6": $LD_LIBRARY_PATH, then the default folders;
// else $PATH. Errors: not_found, naming the folders.
[[nodiscard]] Result<std::filesystem::path> find_binary(const std::string& name);

}  // namespace skep::hook
