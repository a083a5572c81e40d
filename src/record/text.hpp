// record/text.hpp: bytes that came from outside, made fit for JSON, a terminal or a shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "record/writer.hpp"

namespace skep::record {

// A JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become \ufffd each; control
// characters, DEL and C1 controls are escaped, so that the line does no harm on a terminal either.
void write_json_text(Writer& out, std::string_view text);

// One line for a terminal: \n, \t, \r, other control bytes and bytes that are not UTF-8 as \xNN;
// control characters above ASCII (C1, line separators, changes of direction) as \u0085. Nothing
// else is changed. Returns how many terminal columns it takes.
std::size_t write_visible_text(Writer& out, std::string_view text);

// A word as a shell reads it back (bash, zsh, ksh): as it is, in '…', or in $'…' when it has
// characters that must not be seen raw. `is_first`: a command's name, where A=b is no word.
// Returns how many terminal columns it takes.
std::size_t write_shell_word(Writer& out, std::string_view word, bool is_first);

// The beginning of a text that takes at most `most` terminal columns. Escape sequences for colour
// take none. The text is one that the functions above wrote.
struct Measure {
  std::size_t bytes = 0, columns = 0;
};
[[nodiscard]] Measure measure(std::string_view text, std::size_t most);

[[nodiscard]] inline std::size_t columns_of(std::string_view text) {
  return measure(text, SIZE_MAX).columns;
}
[[nodiscard]] inline std::size_t bytes_within(std::string_view text, std::size_t columns) {
  return measure(text, columns).bytes;
}

}  // namespace skep::record
