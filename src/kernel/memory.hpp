// kernel/memory.hpp: mmap(2) through the seam.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Arguments as for mmap(2); the kernel chooses the address. `length` need not be whole pages. The
// error says "map N bytes of WHAT".
[[nodiscard]] Result<Mapping> map_memory(Syscalls& sys, std::size_t length, int protection,
                                         int flags, int fd, std::size_t offset,
                                         std::string_view what);

// The same with a wish where; 0: none. Only what `fd` is of can make it a condition.
[[nodiscard]] Result<Mapping> map_memory_at(Syscalls& sys, std::uint64_t address,
                                            std::size_t length, int protection, int flags, int fd,
                                            std::string_view what);

}  // namespace skep::kernel
