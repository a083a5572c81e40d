#include "record/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "record/number.hpp"
#include "record/utf8.hpp"

namespace skep::record {
namespace {

constexpr std::size_t block = 512;  // bytes of input for which room is made at once
constexpr std::size_t longest_escape = 6;

[[nodiscard]] std::uint64_t load_word(const char* text) noexcept {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

// Copies what needs no care, eight bytes at a time, and stops at the first byte that may need some.
// May write up to seven bytes beyond what it copied.
template <typename Find>
[[nodiscard]] inline std::size_t copy_plain(char*& to, const char* text, std::size_t size,
                                            Find find) noexcept {
  std::size_t done = 0;
  while (size - done >= 8) {
    const std::uint64_t word = load_word(text + done);
    std::memcpy(to, &word, 8);
    const std::uint64_t found = find(word);
    const auto plain = found == 0 ? 8U : static_cast<unsigned>(std::countr_zero(found)) / 8;
    to += plain;
    done += plain;
    if (found != 0) return done;
  }
  if (done == size) return done;
  if (done > 0) {  // the last eight bytes, some of them once more
    const std::uint64_t last = load_word(text + size - 8);
    if (find(last) == 0) {
      std::memcpy(to + (size - done) - 8, &last, 8);
      to += size - done;
      return size;
    }
  }
  std::uint64_t word = 0;  // zeroes stop it at the end
  std::memcpy(&word, text + done, size - done);
  const auto plain = static_cast<unsigned>(std::countr_zero(find(word))) / 8;
  std::memcpy(to, &word, 8);
  to += plain;
  return done + plain;
}

[[nodiscard]] char* write_u_escape(char* to, char32_t value) noexcept {
  *to++ = '\\';
  *to++ = 'u';
  to = write_hex_byte(to, static_cast<unsigned char>(value >> 8));
  return write_hex_byte(to, static_cast<unsigned char>(value));
}

[[nodiscard]] char* write_x_escape(char* to, char byte) noexcept {
  *to++ = '\\';
  *to++ = 'x';
  return write_hex_byte(to, static_cast<unsigned char>(byte));
}

// The letter of \n and its like, or 0.
[[nodiscard]] constexpr char letter_of(char c) noexcept {
  switch (c) {
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    default:
      return 0;
  }
}

[[nodiscard]] char* write_json_escape(char* to, char c) noexcept {
  const char letter = c == '\b' ? 'b' : c == '\f' ? 'f' : letter_of(c);
  if (letter == 0 && c != '"' && c != '\\') {
    return write_u_escape(to, static_cast<unsigned char>(c));
  }
  *to++ = '\\';
  *to++ = letter != 0 ? letter : c;
  return to;
}

// Writes the character at `text`, which is not plain, and returns how many bytes it takes there.
[[nodiscard]] std::size_t write_json_character(char*& to, const char* text,
                                               std::size_t left) noexcept {
  const CodePoint code = decode_utf8(text, left);
  if (code.size == 0) {
    to = write_u_escape(to, 0xfffd);
    return 1;
  }
  if (code.size == 1) {
    to = write_json_escape(to, *text);
  } else if (code.value < 0xa0) {
    to = write_u_escape(to, code.value);
  } else {
    std::memcpy(to, text, code.size);
    to += code.size;
  }
  return code.size;
}

// Moves what follows to another line or runs it in the other direction: Unicode's line and
// paragraph separators, and the bidirectional controls (UAX #9).
[[nodiscard]] constexpr bool changes_layout(char32_t c) noexcept {
  return c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c;
}

[[nodiscard]] constexpr bool is_visible(char32_t c) noexcept {
  return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) && !changes_layout(c);
}

[[nodiscard]] std::size_t width_of(char32_t c) noexcept {
  if (c < 0x7f) return 1;
  const auto code = static_cast<utf8proc_int32_t>(c);
  // Not yet assigned when the table was made: taken for one column, as terminals do.
  if (utf8proc_category(code) == UTF8PROC_CATEGORY_CN) return 1;
  return static_cast<std::size_t>(std::max(utf8proc_charwidth(code), 0));
}

[[nodiscard]] std::size_t write_visible_character(char*& to, const char* text, std::size_t left,
                                                  std::size_t& columns) noexcept {
  const CodePoint code = decode_utf8(text, left);
  const char* before = to;
  if (code.size > 0 && is_visible(code.value)) {
    std::memcpy(to, text, code.size);
    to += code.size;
    columns += width_of(code.value);
    return code.size;
  }
  if (code.size > 1) {
    to = write_u_escape(to, code.value);
  } else if (code.size == 1 && letter_of(*text) != 0) {
    *to++ = '\\';
    *to++ = letter_of(*text);
  } else {
    to = write_x_escape(to, *text);
  }
  columns += static_cast<std::size_t>(to - before);
  return std::max(code.size, 1U);
}

enum class Quoting { none, single, dollar };

// Characters that no shell gives a meaning to. '=' has one in a first word.
[[nodiscard]] bool is_safe(char c, bool is_first) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (letter || static_cast<unsigned char>(c) >= 0x80) return true;
  return (c == '=' && !is_first) || (c != 0 && std::strchr("@%+:,./-_", c) != nullptr);
}

[[nodiscard]] Quoting quoting_of(std::string_view word, bool is_first) noexcept {
  // zsh takes =name for the path of that command.
  Quoting found = word.empty() || word[0] == '=' ? Quoting::single : Quoting::none;
  for (std::size_t i = 0; i < word.size();) {
    const CodePoint code = decode_utf8(word.data() + i, word.size() - i);
    if (code.size == 0 || !is_visible(code.value)) return Quoting::dollar;
    if (!is_safe(word[i], is_first)) found = Quoting::single;
    i += code.size;
  }
  return found;
}

// Inside $'…': at most 4 bytes of output for each of input.
[[nodiscard]] std::size_t write_dollar_character(char*& to, const char* text, std::size_t left,
                                                 std::size_t& columns) noexcept {
  const CodePoint code = decode_utf8(text, left);
  if (code.size > 0 && is_visible(code.value) && *text != '\'' && *text != '\\') {
    std::memcpy(to, text, code.size);
    to += code.size;
    columns += width_of(code.value);
    return code.size;
  }
  const char* before = to;
  const std::size_t size = std::max(code.size, 1U);
  for (std::size_t i = 0; i < size; ++i) {
    const char letter = text[i] == '\'' || text[i] == '\\' ? text[i] : letter_of(text[i]);
    if (letter != 0) {
      *to++ = '\\';
      *to++ = letter;
    } else {
      to = write_x_escape(to, text[i]);
    }
  }
  columns += static_cast<std::size_t>(to - before);
  return size;
}

[[nodiscard]] std::size_t write_single_quoted(Writer& out, std::string_view word) {
  std::size_t columns = 2;
  out.put('\'');
  while (true) {
    const std::size_t quote = word.find('\'');
    const auto part = word.substr(0, quote);
    out.put(part);
    columns += columns_of(part);
    if (quote == std::string_view::npos) break;
    out.put("'\\''");
    columns += 4;
    word.remove_prefix(quote + 1);
  }
  out.put('\'');
  return columns;
}

[[nodiscard]] std::size_t write_dollar_quoted(Writer& out, std::string_view word) {
  std::size_t columns = 3;
  out.put("$'");
  for (std::size_t i = 0; i < word.size();) {
    char* to = out.room(16);
    i += write_dollar_character(to, word.data() + i, word.size() - i, columns);
    out.wrote(to);
  }
  out.put('\'');
  return columns;
}

// The length of a "\x1b[…m" at the start of `text`, or 0.
[[nodiscard]] std::size_t colour_at(std::string_view text) noexcept {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

void write_json_text(Writer& out, std::string_view text) {
  const auto find = [](std::uint64_t word) {
    return find_unprintable(word) | find_byte(word, '"') | find_byte(word, '\\');
  };
  out.put('"');
  std::size_t done = 0;
  while (done < text.size()) {
    // A code point may reach beyond the block's end, by less than a word.
    const std::size_t end = std::min(done + block, text.size());
    char* to = out.room((end - done) * longest_escape + 16);
    while (done < end) {
      done += copy_plain(to, text.data() + done, end - done, find);
      if (done < end) done += write_json_character(to, text.data() + done, text.size() - done);
    }
    out.wrote(to);
  }
  out.put('"');
}

std::size_t write_visible_text(Writer& out, std::string_view text) {
  std::size_t done = 0, columns = 0;
  while (done < text.size()) {
    const std::size_t end = std::min(done + block, text.size());
    char* to = out.room((end - done) * longest_escape + 16);
    while (done < end) {
      const std::size_t plain = copy_plain(to, text.data() + done, end - done, find_unprintable);
      done += plain;
      columns += plain;
      if (done == end) break;
      done += write_visible_character(to, text.data() + done, text.size() - done, columns);
    }
    out.wrote(to);
  }
  return columns;
}

std::size_t write_shell_word(Writer& out, std::string_view word, bool is_first) {
  switch (quoting_of(word, is_first)) {
    case Quoting::single:
      return write_single_quoted(out, word);
    case Quoting::dollar:
      return write_dollar_quoted(out, word);
    case Quoting::none:
      break;
  }
  return write_visible_text(out, word);
}

Measure measure(std::string_view text, std::size_t most) {
  Measure taken;
  while (taken.bytes < text.size()) {
    const auto rest = text.substr(taken.bytes);
    if (const std::size_t colour = colour_at(rest); colour != 0) {
      taken.bytes += colour;
      continue;
    }
    const CodePoint code = decode_utf8(rest.data(), rest.size());
    const std::size_t width = width_of(code.value);
    if (width > most - taken.columns) break;
    taken.columns += width;
    taken.bytes += std::max(code.size, 1U);
  }
  return taken;
}

}  // namespace skep::record
