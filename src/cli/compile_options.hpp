// cli/compile_options.hpp: what `run`, `plan` and `gen` ask of the compiler.
#pragma once

#include "run/source.hpp"

namespace CLI {
class App;
}

namespace skep::cli {

// Adds --include and --cflags, whose values become `source.flags`, which must outlive the parsing.
void add_compile_options(CLI::App& command, run::SourceOptions& source);

}  // namespace skep::cli
