// compile/compile.hpp: from C source to object, with clang, once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::compile {

struct Compiler {
  std::filesystem::path path;  // /usr/bin/clang-19
  int major = 0;
};

// The newest clang on PATH: clang-NN before clang. Errors: not_found, with the package to install.
[[nodiscard]] Result<Compiler> find_clang();

// $XDG_CACHE_HOME/skep, or ~/.cache/skep: made with mode 0700. Refused (error) when it belongs to
// somebody else or others may write to it.
[[nodiscard]] Result<std::filesystem::path> cache_directory();

struct CompileOptions {
  std::vector<std::string> flags;              // appended: -DX, -I…
  std::optional<Btf> kernel_types;             // for vmlinux.h; needed only when it is included
  std::string kernel_build_id;
  bool use_cache = true;
};

struct Compiled {
  std::vector<std::byte> object;
  std::string diagnostics;   // clang's warnings, as clang printed them
  bool from_cache = false;
};

// Compiles `source` for BPF. The object comes from the cache when source, every header read,
// flags, clang and kernel are the same. Errors: invalid_argument, with clang's own text as
// report().
[[nodiscard]] Result<Compiled> compile_bpf(const std::filesystem::path& source,
                                           const CompileOptions& options);

}  // namespace skep::compile
