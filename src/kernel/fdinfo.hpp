// kernel/fdinfo.hpp: what /proc says of a descriptor.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernel/syscalls.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// The lines of /proc/PROCESS/fdinfo/FD, by their names: "map_type" → "1", "memlock" → "4096". Which
// lines there are says what the descriptor is of (bpf_map_show_fdinfo, bpf_prog_show_fdinfo and
// bpf_link_show_fdinfo in kernel/bpf/syscall.c).
[[nodiscard]] Result<std::map<std::string, std::string, std::less<>>> read_fdinfo(
    Syscalls& sys, int fd, std::string_view process = "self");

}  // namespace skep::kernel
