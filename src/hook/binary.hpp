// hook/binary.hpp: where a program or library lies that a uprobe hangs on.
#pragma once

#include <filesystem>
#include <string>

#include "skep/result.hpp"

namespace skep::hook {

// The file that `name` means:
//   "./x", "/usr/bin/x"   a path as it is
//   "libc.so.6"           a library: what process `pid` has loaded under that name; else
//                         $LD_LIBRARY_PATH, ld.so.cache, the default folders
//   "libssl"              the same without a version: the newest one that there is
//   "bash"                a program in $PATH, else a library: "c" is libc
// With `pid` the files are those that process sees: a container's own copies, by way of
// /proc/PID/root, symbolic links included. -1: this process.
//
// Errors: invalid_argument for no name; not_found, naming where it was looked for.
[[nodiscard]] Result<std::filesystem::path> find_binary(const std::string& name, int pid = -1);

}  // namespace skep::hook
