// kernel/host.hpp: what the running kernel says of itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// /sys/kernel/btf/vmlinux: mapped where the kernel allows it (6.16), else read; with an index of
// its names from the cache (kernel/types_index.hpp). Errors: unsupported, with
// CONFIG_DEBUG_INFO_BTF as a hint, when there is none.
[[nodiscard]] Result<Btf> read_kernel_types(Syscalls& sys);

// The build id in /sys/kernel/notes as hex digits: what caches are keyed by. When the kernel has
// none, its release and version string hashed instead, never an empty text.
[[nodiscard]] Result<std::string> kernel_build_id(Syscalls& sys);

// Of this run of the machine: /proc/sys/kernel/random/boot_id (a UUID). What is kept under it is of
// this very kernel, and was written since it started.
[[nodiscard]] Result<std::string> boot_id(Syscalls& sys);

// A directory descriptor of tracefs: the mounted one (/sys/kernel/tracing, then
// /sys/kernel/debug/tracing); where none is mounted, a private mount that nobody else sees and
// that goes with the descriptor (fsopen and fsmount, kernel 5.2).
[[nodiscard]] Result<Fd> open_tracefs(Syscalls& sys);

// Reads a whole small kernel file below `directory` (AT_FDCWD for an absolute path).
[[nodiscard]] Result<std::string> read_kernel_file(Syscalls& sys, int directory, const char* path,
                                                   std::size_t limit = 1 << 20);

// The names of the directories in `path` below `directory`, unsorted: the categories of tracefs's
// events, or the events of one.
[[nodiscard]] Result<std::vector<std::string>> list_directories(Syscalls& sys, int directory,
                                                                const char* path);

// How many CPUs may ever come online: the width of a per-CPU value.
[[nodiscard]] Result<std::uint32_t> possible_cpus(Syscalls& sys);

// The numbers of those, and of those that are online now, ascending; with gaps perhaps.
[[nodiscard]] Result<std::vector<std::uint32_t>> possible_cpu_numbers(Syscalls& sys);
[[nodiscard]] Result<std::vector<std::uint32_t>> online_cpus(Syscalls& sys);

}  // namespace skep::kernel
