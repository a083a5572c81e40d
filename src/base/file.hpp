// base/file.hpp: files of the file system (not of the kernel's BPF side: see kernel/).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep {

// Opens with O_CLOEXEC added. `mode` counts only with O_CREAT.
[[nodiscard]] Result<Fd> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0);

// The whole of a regular file, at most `limit` bytes; a directory, a device or a larger file is an
// error before anything is allocated. Copied, not mapped: a file that shrinks under a map is a
// SIGBUS.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                                       std::uint64_t limit);

// For files whose size the kernel does not tell beforehand (proc, sysfs): until end of file.
[[nodiscard]] Result<std::string> read_text(const std::filesystem::path& path,
                                            std::uint64_t limit = 64 << 20);

// All of `bytes`, through short writes and EINTR.
[[nodiscard]] Result<void> write_all(int fd, Bytes bytes);

}  // namespace skep
