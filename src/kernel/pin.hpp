// kernel/pin.hpp: what lives in a bpffs, beyond the process that made it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Makes the directory that `path` stands in (not that one's parents), mode 0700. Returns its name,
// or "" when it was there.
[[nodiscard]] Result<std::string> make_directory_of(Syscalls& sys,
                                                    const std::filesystem::path& path);

// flock(2) of the directory that `path` stands in; goes with the descriptor. It waits for others,
// 30 s at most. Errors: busy, when somebody has held it for so long; what open(2) says.
[[nodiscard]] Result<Fd> lock_directory_of(Syscalls& sys, const std::filesystem::path& path);

// BPF_OBJ_PIN: a map, a program or a link. Errors: busy when something is pinned there (code() is
// EEXIST); unsupported when it is no bpffs.
[[nodiscard]] Result<void> pin_object(Syscalls& sys, int fd, const std::filesystem::path& path);

// BPF_OBJ_GET: a descriptor of what is pinned there. Errors: what the kernel says.
[[nodiscard]] Result<Fd> open_pin(Syscalls& sys, const std::filesystem::path& path);

enum class PinnedKind : std::uint8_t { map, program, link, other };

[[nodiscard]] Result<PinnedKind> kind_of_pinned(Syscalls& sys, int fd);
// "a map", "a program", "a link", "something else"
[[nodiscard]] const char* name_of(PinnedKind kind) noexcept;

}  // namespace skep::kernel
