// run/source.hpp: what the user named: a source file, an object file, or a packaged tool.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "btf/local_variable.hpp"
#include "skep/spec.hpp"

namespace skep::run {

struct SourceOptions {
  std::vector<std::string> flags;  // for the compiler
  // A file or directory with the types of the kernel to run on (run/target.hpp); empty: the running
  // kernel says itself.
  std::string types;
  bool use_cache = true;
  bool colour = false;  // in what the compiler says
  // Told what takes time, before it: "compile x.bpf.c with clang-19".
  std::function<void(std::string_view)> progress;
};

struct Source {
  ObjectSpec spec;
  btf::LocalVariables locals;  // of its functions, where the object has DWARF
  std::string description;     // by its author (SKEP_DESCRIPTION); empty otherwise
  std::string diagnostics;     // the compiler's warnings
  // The file itself, and the headers that it was compiled with; empty for a tool.
  std::vector<std::string> files;
  // When they were named, or compiling needed them: no need to read them twice.
  std::optional<Btf> kernel_types;
  bool is_other_kernel = false;  // they were named: maybe not those of the running kernel
};

// The bytes of an object: those of the file, or what `name`, ending in ".c", compiles to. Errors as
// below. What the compiler says goes into `diagnostics`.
[[nodiscard]] Result<std::vector<std::byte>> read_object(const std::string& name,
                                                         const SourceOptions& options,
                                                         std::string& diagnostics);

// `name` ending in ".c" is compiled, another existing file is parsed as an object, and a word is
// looked up among the tools. Errors: not_found with the nearest tool, and what each step says.
[[nodiscard]] Result<Source> open_source(const std::string& name, const SourceOptions& options);

}  // namespace skep::run
