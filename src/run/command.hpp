// run/command.hpp: a command that starts when everything is attached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::run {

// Move-only. One that was not started goes with it; one that runs is left alone.
class Command {
 public:
  // Makes the process, which waits; signals, streams and user are this process's. `words` are the
  // command and its arguments, found on PATH. Precondition: no other thread.
  static Result<Command> prepare(const std::vector<std::string>& words);

  [[nodiscard]] int pid() const noexcept { return pid_; }
  // Readable once it has ended.
  [[nodiscard]] int descriptor() const noexcept { return process_.get(); }
  // Lets it run. Errors: not_found, or what execvp(3) says; exit_code() is 127 or 126 then.
  Result<void> start();
  // To it alone, not to its children.
  void send(int signal) const noexcept;
  // What a shell would say: its exit code, 128 + n when signal n ended it; 127 when it was not
  // found, 126 when it could not be executed; nothing while it runs.
  std::optional<int> exit_code();

  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  Command(Command&&) noexcept;
  Command& operator=(Command&&) noexcept = delete;
  ~Command();

 private:
  Command() = default;
  std::string name_;
  int pid_ = 0;
  Fd process_;  // a pidfd
  Fd start_;    // closing it without a word ends the process
  Fd trouble_;  // the number of exec's error comes from here
  std::optional<int> code_;
};

}  // namespace skep::run
