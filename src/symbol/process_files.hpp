// symbol/process_files.hpp: what /proc says of a process, and its files as it sees them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "skep/fd.hpp"
#include "symbol/mappings.hpp"

namespace skep::symbol {

// Who it is: process numbers are used again, and a process may execute another program.
struct Identity {
  std::uint64_t started = 0;  // clock ticks since boot
  uid_t owner = 0;
  pid_t own_pid = 0;              // in its innermost PID namespace
  bool is_in_our_mounts = false;  // its paths are ours

  bool operator==(const Identity&) const = default;
};

// Nothing when there is no such process (any more).
[[nodiscard]] std::optional<Identity> identify(pid_t pid);

// Nothing when there is no such process, or it may not be looked into; empty when it has ended and
// waits for its parent.
[[nodiscard]] std::optional<std::vector<Mapping>> read_mappings(pid_t pid);

// The file behind one of its mappings, in its own mount namespace, even when it was deleted. An
// empty Fd when it cannot be had.
[[nodiscard]] Fd open_mapped(pid_t pid, const Mapping& mapping);

// File `path` of the process's own root; links stay within it. An empty Fd when it is none.
[[nodiscard]] Fd open_in_root(pid_t pid, const std::string& path);

// Which file it is, and as of when: device, inode, size, time of its last change.
using FileKey = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>;
[[nodiscard]] std::optional<FileKey> key_of(const Fd& fd);

// The text of a regular file from its start, at most `limit` bytes.
[[nodiscard]] std::string read_all(const Fd& fd, std::uint64_t limit);

}  // namespace skep::symbol
