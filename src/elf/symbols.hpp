// elf/symbols.hpp: where functions of a user binary stand in its file, for uprobes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "elf/debug_files.hpp"
#include "skep/result.hpp"

namespace skep::elf {

struct FunctionPlace {
  std::string name;          // as the symbol table has it
  std::uint64_t offset = 0;  // bytes from the start of the file: what a uprobe takes
};

// Where function `symbol` of an executable or shared library stands, through the program headers.
// `symbol` is a name as in the symbol table, with a version if need be ("f@V1", "f@@V2"), or a name
// as C++ has it, with or without the parameters ("net::send", "net::send(int)").
//
// Looked at in this order: .symtab, .dynsym, .gnu_debugdata, a separate file of symbols (see
// debug_files.hpp). A global symbol goes before a weak before a local one, the default version
// before old ones. Of an IFUNC it is the function that is picked on this machine, when this
// process has the same file loaded.
//
// Errors: not_found, with the nearest names as a hint; invalid_argument when several functions have
// the name; unsupported for another IFUNC, with the functions that it may pick; bad_input when it
// is no ELF file.
[[nodiscard]] Result<std::uint64_t> file_offset_of(
    const std::filesystem::path& binary, std::string_view symbol,
    const std::filesystem::path& folder = debug_folder);

// All that `wanted` names, by their places, each place once, at least one: as above, or a pattern
// of fnmatch(3) with * ? [], over the names of the symbol tables, and over those that C++ has when
// it holds "::" or a bracket. Where a pattern matches an IFUNC that cannot be told, it is left out.
// Errors: as above.
[[nodiscard]] Result<std::vector<FunctionPlace>> find_functions(
    const std::filesystem::path& binary, std::string_view wanted,
    const std::filesystem::path& folder = debug_folder);

// Whether `text` may stand for several functions.
[[nodiscard]] bool is_pattern(std::string_view text) noexcept;

}  // namespace skep::elf
