// explain/verifier.hpp: a verifier log, turned into the cause at a source line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "skep/spec.hpp"

namespace skep::explain {

struct Rejection {
  std::string cause;    // the verifier's own last word: "R1 type=fp expected=map_ptr"
  std::string meaning;  // the same in the author's words, where we know it; else empty
  std::string advice;   // what to do about it, where we know it
  std::string file;     // of the failing line; empty when the object has no line info
  std::uint32_t line = 0;
  std::string source;  // that line's text
  std::optional<std::uint32_t> instruction;
};

// Reads the log of a failed load. `spec` is the object that was refused: kernels before 6.9 print
// a source line without file and number, which its line info supplies; nullptr when unknown.
// Never fails: what cannot be found stays empty.
[[nodiscard]] Rejection explain_rejection(std::string_view log, const ObjectSpec* spec = nullptr);

}  // namespace skep::explain
