// cli/report.hpp: how a failure reaches the person at the terminal.
#pragma once

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::cli {

// What the command ends with (docs: skep(1), EXIT STATUS).
enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2 };

// Prints the error to standard error: one line, then the cause (for a rejected program its source
// line), then what to do. `spec` is the object at hand, if there is one. Returns the exit code.
int report(const Error& error, const ObjectSpec* spec = nullptr);

// One line to standard error: "skep: …".
void say(std::string_view text);

}  // namespace skep::cli
