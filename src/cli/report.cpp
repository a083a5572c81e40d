#include "cli/report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/cache.hpp"
#include "base/file.hpp"
#include "explain/verifier.hpp"
#include "skep/explain.hpp"

namespace skep::cli {
namespace {

bool colour_on_stderr() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDERR_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

std::string headline(std::string_view message) {
  return colour_on_stderr() ? fmt::format("\x1b[1;31mskep:\x1b[0m {}\n", message)
                            : fmt::format("skep: {}\n", message);
}

// The whole log goes to a file of the user's cache, since it can be megabytes long.
Result<std::filesystem::path> save_log(const std::string& log) {
  SKEP_TRY(auto directory, cache_directory());
  auto path = directory / "verifier.log";
  SKEP_TRY(auto fd, open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
  SKEP_CHECK(write_all(fd.get(), std::as_bytes(std::span(log))));
  return path;
}

int unwritten = 0;  // why standard output took no more, an errno

constexpr std::size_t indent = 11, no_wrap = SIZE_MAX;

// How many bytes of text go into a row; programs that read it get each sentence in one line.
std::size_t row_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return no_wrap;
  return size.ws_col > 2 * indent ? size.ws_col - indent : no_wrap;
}

// Takes what fits into a row, and the blank behind it. A word that is too long stays whole.
std::string_view take_row(std::string_view& text, std::size_t width) {
  auto end = text.size();
  if (end > width) {
    end = text.rfind(' ', width);
    if (end == std::string_view::npos || end == 0) end = std::min(text.find(' '), text.size());
  }
  const auto row = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return row;
}

void append_row(std::string& out, std::string_view name, std::string_view text) {
  const auto width = row_width();
  for (bool is_first = true; !text.empty(); is_first = false) {
    fmt::format_to(std::back_inserter(out), "  {:<8} {}\n", is_first ? name : "",
                   take_row(text, width));
  }
}

std::string tell_rejection(const Error& error, const ObjectSpec* spec) {
  const auto why = explain::explain_rejection(error.report(), spec);
  std::string out;
  if (!why.source.empty()) {
    const auto place =
        why.file.empty() ? std::string("in the source") : fmt::format("{}:{}", why.file, why.line);
    append_row(out, "line", fmt::format("{}: {}", place, why.source));
  }
  append_row(out, "verifier", why.cause);
  append_row(out, "meaning", why.meaning);
  append_row(out, "try", why.advice);
  const auto path = save_log(error.report());
  append_row(out, "log", path ? path->native() : path.error().message());
  return out;
}

}  // namespace

void say(std::string_view text) { std::fputs(fmt::format("skep: {}\n", text).c_str(), stderr); }

void pass_on(std::string_view diagnostics) {
  std::fwrite(diagnostics.data(), 1, diagnostics.size(), stderr);
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size()) unwritten = errno;
}

int finish(int code) {
  if (std::fflush(stdout) != 0) unwritten = errno;
  if (unwritten == 0) return code;
  return report(Error::from_errno(unwritten, "write to standard output"));
}

int report(const Error& error, const ObjectSpec* spec) {
  std::string out;
  // What the compiler said stands first, as it printed it: people look for the first error.
  const bool rejected = error.kind() == ErrorKind::rejected;
  if (!rejected && !error.report().empty()) {
    out += error.report();
    if (!out.ends_with('\n')) out += '\n';
  }
  out += headline(error.message());
  if (rejected) out += tell_rejection(error, spec);
  for (const auto& hint : error.hints()) append_row(out, "try", hint);
  // Without an attempt: EPERM comes from bpf(2) and perf_event_open(2), EACCES from files.
  if (error.attempt() != nullptr || error.code() == EPERM) {
    for (const auto& cause : why_refused(error)) append_row(out, "why", cause);
  }
  std::fputs(out.c_str(), stderr);
  return error.kind() == ErrorKind::invalid_argument && error.report().empty() ? exit_usage
                                                                               : exit_failed;
}

}  // namespace skep::cli
