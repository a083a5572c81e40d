// explain/verifier.hpp: a verifier log, turned into the cause at a source line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skep::explain {

struct Rejection {
  std::string cause;         // the verifier's own last word: "R1 type=fp expected=map_ptr"
  std::string meaning;       // the same in the author's words, when known; else empty
  std::string advice;        // what to do about it, when known
  std::string file;          // from the line info in the log; empty without
  unsigned line = 0;
  std::string source;        // that line's text
  std::optional<unsigned> instruction;
};

// Reads the log of a failed load. Never fails: what it cannot find stays empty.
[[nodiscard]] Rejection explain_rejection(std::string_view log);

}  // namespace skep::explain
