// cli/progress.hpp: what is being done meanwhile, for who waits at a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "run/source.hpp"
#include "skep/result.hpp"

namespace skep::cli {

// One line on standard error, which the next replaces and the end clears; nothing where that is no
// terminal.
class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  // "" clears it.
  void show(std::string_view text);
  void clear();

 private:
  bool is_terminal_ = false, is_shown_ = false;
  std::size_t columns_ = 80;
};

// run::open_source, with one line on standard error while clang works or vmlinux.h is printed; it
// is gone at the end. Nothing where standard error is no terminal.
[[nodiscard]] Result<run::Source> open_with_progress(const std::string& name,
                                                     run::SourceOptions options);

}  // namespace skep::cli
