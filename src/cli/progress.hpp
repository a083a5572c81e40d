// cli/progress.hpp: what is being done meanwhile, for who waits at a terminal.
#pragma once

#include <string>

#include "run/source.hpp"
#include "skep/result.hpp"

namespace skep::cli {

// run::open_source, with one line on standard error while clang works or vmlinux.h is printed; it
// is gone at the end. Nothing where standard error is no terminal.
[[nodiscard]] Result<run::Source> open_with_progress(const std::string& name,
                                                     run::SourceOptions options);

}  // namespace skep::cli
