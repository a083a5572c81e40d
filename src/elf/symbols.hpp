// elf/symbols.hpp: where a function of a user binary stands in its file, for uprobes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "skep/result.hpp"

namespace skep::elf {

// The file offset (bytes; what perf_event_open and uprobe_multi take) of function `symbol` in an
// executable or shared library: .symtab first, then .dynsym, mapped through the program headers. A
// global symbol goes before a weak before a local one, the default version before old ones.
// Errors: not_found, with the nearest names as a hint; invalid_argument when several functions have
// the name; unsupported for an IFUNC, whose code is picked at run time; bad_input when it is no ELF
// file.
[[nodiscard]] Result<std::uint64_t> file_offset_of(const std::filesystem::path& binary,
                                                   std::string_view symbol);

}  // namespace skep::elf
