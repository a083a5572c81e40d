#include "cli/report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/cache.hpp"
#include "base/file.hpp"
#include "explain/permission.hpp"
#include "explain/verifier.hpp"

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

void append_row(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) fmt::format_to(std::back_inserter(out), "  {:<8} {}\n", name, text);
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

void say(std::string_view text) { fmt::print(stderr, "skep: {}\n", text); }

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
  // EPERM comes from bpf(2) and perf_event_open(2); a file that may not be read says EACCES.
  if (error.code() == EPERM) {
    for (const auto& cause : explain::explain_permission(explain::read_privileges())) {
      append_row(out, "why", cause);
    }
  }
  std::fputs(out.c_str(), stderr);
  return error.kind() == ErrorKind::invalid_argument && error.report().empty() ? exit_usage
                                                                               : exit_failed;
}

}  // namespace skep::cli
