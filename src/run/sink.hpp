// run/sink.hpp: where rows go: a descriptor that may be a terminal, a pipe or a file.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "skep/result.hpp"

namespace skep::run {

// Writes without ever blocking past an interrupt: a pipe whose reader stands still must not keep
// Ctrl-C from detaching the programs.
class Sink {
 public:
  // `interrupt` is readable once the session shall end (a signalfd), or -1.
  Sink(int output, int interrupt) noexcept;

  enum class Outcome {
    written,      // all of it; the buffer is empty
    interrupted,  // the session shall end; the buffer holds what is left
    closed,       // nobody reads any more (EPIPE)
  };
  // Errors: what write(2) says (a full disk: limit).
  [[nodiscard]] Result<Outcome> write(std::string& buffer) const;

  // What is left, but for no longer than `patience`, deaf to interrupts. True when all went out.
  [[nodiscard]] Result<bool> finish(std::string& buffer, std::chrono::milliseconds patience) const;

 private:
  [[nodiscard]] std::size_t room_without_blocking(std::size_t wanted) const noexcept;
  [[nodiscard]] Result<std::size_t> write_some(std::string_view text) const;

  int output_;
  int interrupt_;
  bool is_pipe_;
  std::size_t pipe_size_ = 0;
};

}  // namespace skep::run
