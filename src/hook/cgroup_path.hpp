// hook/cgroup_path.hpp: where the control groups of version 2 are.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/result.hpp"

namespace skep::hook {

// Where the version 2 hierarchy is mounted, as /proc/self/mounts says: /sys/fs/cgroup, or
// /sys/fs/cgroup/unified beside version 1. Errors: not_found when it is mounted nowhere.
[[nodiscard]] Result<std::string> cgroup_root(kernel::Syscalls& sys);

// The directory of a cgroup: an absolute path; a process number (at most seven digits); a path
// below the root; or a name anywhere below it: a systemd unit, a container's id or the first four
// digits of it and more (hook/cgroup_search.hpp). Errors: not_found; invalid_argument when several
// fit.
[[nodiscard]] Result<std::string> find_cgroup(kernel::Syscalls& sys, const std::string& text);

// The directory of the cgroup with this id, which is its inode number. Errors: not_found.
[[nodiscard]] Result<std::string> cgroup_of_id(kernel::Syscalls& sys, std::uint64_t id);

}  // namespace skep::hook
