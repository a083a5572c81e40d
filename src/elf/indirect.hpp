// elf/indirect.hpp: the function behind a name that is picked at run time (IFUNC).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "elf/user_binary.hpp"

namespace skep::elf {

// At an IFUNC's address stands the code that picks, by what this CPU can do; a probe there would
// fire once a process, with other arguments. Which function it picks is known without running
// foreign code when this process has the same file loaded (libc, libm): the dynamic linker has
// asked it already. The address is that of the file. Nothing in all other cases.
[[nodiscard]] std::optional<std::uint64_t> picked_function(const std::filesystem::path& binary,
                                                           const UserSymbol& symbol);

}  // namespace skep::elf
