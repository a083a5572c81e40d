// elf/debug_files.hpp: the symbols that a stripped binary keeps elsewhere.
#pragma once

#include <filesystem>
#include <optional>

#include "elf/user_binary.hpp"

namespace skep::elf {

// Where distributions put the symbols that they strip.
inline constexpr const char* debug_folder = "/usr/lib/debug";

// Section .gnu_debugdata ("mini debug info", as Fedora has it): an ELF file with a symbol table,
// packed by xz. Nothing when there is none, or it does not unpack into at most 256 MiB.
[[nodiscard]] std::optional<UserBinary> mini_debug_info(const UserBinary& binary);

// The file of symbols that belongs to `binary`: FOLDER/.build-id/ab/cdef….debug by its build id,
// or the name of section .gnu_debuglink beside it, in .debug/ there, and below FOLDER. One that is
// of another build (its build id, else the checksum, differs) is passed over.
[[nodiscard]] std::optional<UserBinary> separate_debug_file(const UserBinary& binary,
                                                            const std::filesystem::path& path,
                                                            const std::filesystem::path& folder);

}  // namespace skep::elf
