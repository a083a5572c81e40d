// elf/library_cache.hpp: /etc/ld.so.cache, where the dynamic linker looks a library up.
//
// An own reader of sixty lines rather than `ldconfig -p`: that one need not be on $PATH (or exist,
// in a container), would be run as root by a name, answers for its own root only, and takes
// milliseconds. The format is the one of glibc 2.2 and later (sysdeps/generic/dl-cache.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/result.hpp"

namespace skep::elf {

struct CachedLibrary {
  std::string_view name;  // "libc.so.6"
  std::string_view path;  // "/lib/x86_64-linux-gnu/libc.so.6"
};

// The libraries for this machine, in the file's order; those for CPUs with more than the common
// features (glibc-hwcaps) are left out. Borrows from `bytes`. Errors: bad_input.
[[nodiscard]] Result<std::vector<CachedLibrary>> parse_library_cache(Bytes bytes);

// Whether a library of the file name `file` ("libssl.so.3") is meant by `name`: the file name
// itself, or, of a short one ("libssl", "ssl"), what stands before ".so".
[[nodiscard]] bool is_library(std::string_view file, std::string_view name) noexcept;

}  // namespace skep::elf
