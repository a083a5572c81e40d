// compile/compile.hpp: from C source to object, with clang, once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
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

struct CompileOptions {
  std::vector<std::string> flags;  // appended: -DX, -I…
  // Gives the types that vmlinux.h is printed from. Called at most once, and only when the source
  // includes vmlinux.h, finds none of its own, and the cache has none for this kernel.
  std::function<Result<Btf>()> kernel_types;
  std::string kernel_build_id;  // which kernel that is, in hexadecimal
  // Told what takes time, before it; may be empty.
  std::function<void(std::string_view)> progress;
  bool use_cache = true;
  bool colour = false;  // in diagnostics and in an error's report()
};

struct Compiled {
  std::vector<std::byte> object;
  std::string diagnostics;  // clang's warnings, as clang printed them
  bool from_cache = false;
  std::vector<std::string> read;  // the source and its headers, but for those that skep brings
};

// Compiles `source` for BPF, with optimisation, debug information, __TARGET_ARCH_<this machine>,
// and these places for headers, in order: skep/*.h, `flags`, the source's own folder, vmlinux.h,
// the system's. What libbpf's headers are too old for is supplied (bpf/skep/compat.bpf.h). The
// object comes from the cache when source, every header read, flags, clang and kernel are the same.
// (A header that would newly be found earlier in the search path goes unnoticed, as with ccache:
// `use_cache = false` compiles anew.)
//
// A cache that cannot be used costs time, not the result: `diagnostics` says why.
// Errors: invalid_argument, with clang's own text as report(), and hints where a header is missing;
// not_found (source, clang).
[[nodiscard]] Result<Compiled> compile_bpf(const std::filesystem::path& source,
                                           const CompileOptions& options);

}  // namespace skep::compile
