// compile/process.hpp: runs a command and keeps what it writes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::compile {

// The command's third stream, beside 1 and 2: what it writes to /proc/self/fd/3 is kept too.
inline constexpr int extra_stream = 3;

struct Finished {
  int status = 0;                 // exit status; 128 + n when signal n ended it
  std::vector<std::byte> output;  // stream 1
  std::string errors;             // stream 2
  std::string extra;              // stream 3
};

// Runs `command` (command[0] is a path; no shell, the environment as it is) to its end. Its
// streams are files in memory: no pipe can fill up, nothing is left on a disk, not even after a
// crash. Standard input is empty. Errors: what starting it says.
[[nodiscard]] Result<Finished> run_command(const std::vector<std::string>& command);

}  // namespace skep::compile
