#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace skep::cli {
namespace {

void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

ProgressLine::ProgressLine() {
  winsize size{};
  is_terminal_ = ::isatty(STDERR_FILENO) != 0;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) columns_ = size.ws_col;
}

void ProgressLine::clear() {
  if (is_shown_) write("\r\x1b[K");
  is_shown_ = false;
}

void ProgressLine::show(std::string_view text) {
  if (text.empty()) return clear();
  if (!is_terminal_) return;
  is_shown_ = true;
  // Cut, lest it wrap: only the last row would be cleared. A character may be several bytes.
  write(fmt::format("\r\x1b[K{:.{}}", fmt::format("skep: {} …", text), columns_ - 1));
}

Result<run::Source> open_with_progress(const std::string& name, run::SourceOptions options) {
  ProgressLine line;
  options.progress = [&line](std::string_view what) { line.show(what); };
  return run::open_source(name, options);
}

}  // namespace skep::cli
