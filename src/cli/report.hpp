// cli/report.hpp: how a failure reaches the person at the terminal.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::cli {

// What the command ends with (docs: skep(1), EXIT STATUS).
enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2 };

// Prints the error to standard error: one line, then the cause (for a rejected program its source
// line), then what to do. `spec` is the object at hand, if there is one. Returns the exit code.
int report(const Error& error, const ObjectSpec* spec = nullptr);

// One line to standard error: "skep: …". Who cannot be told there is not told.
void say(std::string_view text);

// What a compiler had to say, as it said it: to standard error.
void pass_on(std::string_view diagnostics);

// To standard output; finish() tells whether all of it arrived.
void print(std::string_view text);
template <typename First, typename... Rest>
void print(fmt::format_string<First, Rest...> form, First&& first, Rest&&... rest) {
  print(
      std::string_view(fmt::format(form, std::forward<First>(first), std::forward<Rest>(rest)...)));
}

// The exit code of a command that would have ended with `code`: exit_failed, and an error reported,
// where what it printed could not be written.
int finish(int code);

}  // namespace skep::cli
