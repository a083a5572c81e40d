// record/operation.hpp: a column made ready for formatting: flat, without names or types.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "record/load.hpp"
#include "record/schema.hpp"
#include "record/writer.hpp"

namespace skep::record {

// How a value is read and shown. Integers of the usual sizes have their own codes, since most
// columns are such; every other number of at most 64 bits is read by Operation::load.
enum class Code : std::uint8_t {
  literal,  // no value
  u8,
  u16,
  u32,
  u64,
  i8,
  i16,
  i32,
  i64,
  number,  // bit fields and odd sizes
  wide,    // more than 64 bits
  boolean,
  character,
  enumeration,
  float32,
  float64,
  pointer,
  text,
  text_rest,  // from `offset` to the record's end
  bytes,
  bytes_rest,
  text_span,
  words_span,
  error_code,
  result,
  signal,
  duration,
  open_flags,
  file_mode,
  time,
  array,
  named,    // `index`: the Meaning
  address,  // `stride`: the Meaning; `index`, `count`: where its selector is, and its bytes
  port,     // in network order
  hex_number,
  byte_count,
  percent,
  flags,  // `index`: the enumeration
};

struct Operation {
  Code code = Code::literal;
  std::uint8_t size = 0;   // bytes of a number
  std::uint8_t shift = 0;  // bit field: see Column
  std::uint8_t bits = 0;
  bool is_signed = false;
  bool in_array = false;
  std::uint32_t offset = 0;        // from the start of the record or element
  std::uint32_t length = 0;        // text, bytes: bytes; array: bytes that one element needs
  std::uint32_t count = 0;         // array; 0: as many as there is room for; duration: nanoseconds
                                   // of one; time: 1 when it is monotonic
  std::uint32_t stride = 0;        // array
  std::uint32_t index = 0;         // enumeration, span: which
  std::uint32_t end = 0;           // array: one past the operations of its element
  std::uint32_t literal = 0;       // what is written before the value
  std::uint32_t literal_size = 0;  // bytes

  // The number at `at`, sign-extended when it is signed.
  [[nodiscard]] std::uint64_t load(const std::byte* at) const noexcept {
    if (bits == 0) return load_integer(at, size, is_signed);
    return static_cast<std::uint64_t>(load_bits(at, shift, bits, is_signed));
  }
};

// The operation that shows one element of a column, at the column's offset.
[[nodiscard]] Operation operation_of(const Column& column) noexcept;

// Bytes that a record must have for all of the column's fixed part.
[[nodiscard]] std::uint64_t extent_of(const Column& column) noexcept;
// The same for one element, from its start.
[[nodiscard]] std::uint64_t element_extent(const Column& column) noexcept;
// The largest extent, and at least what the schema says.
[[nodiscard]] std::uint64_t extent_of(const Schema& schema) noexcept;

// Whether a record may go on beyond the fixed part: spans, flexible arrays.
[[nodiscard]] bool is_open(const Schema& schema) noexcept;

// How many elements an array operation has whose first one is at `at`.
[[nodiscard]] inline std::size_t elements_at(const Operation& array, std::size_t record_size,
                                             std::size_t at) noexcept {
  if (array.count != 0) return array.count;
  if (record_size < at || record_size - at < array.length) return 0;
  return (record_size - at - array.length) / array.stride + 1;
}

// Where `offset` is in the record, its end at most: elements of no size may lie beyond.
[[nodiscard]] inline const std::byte* place_in(Bytes record, std::size_t offset) noexcept {
  return record.data() + std::min(offset, record.size());
}

// A text_span's or words_span's text.
struct Span {
  std::string_view text;
  std::uint32_t offset, length, total;
  bool outside;  // it does not lie in the record

  [[nodiscard]] bool is_cut() const noexcept { return total > length; }
};
[[nodiscard]] Span read_span(Bytes record, std::size_t at) noexcept;

// Bytes from `at`, a place in the record, to its end.
[[nodiscard]] inline std::size_t bytes_from(Bytes record, const std::byte* at) noexcept {
  return static_cast<std::size_t>(record.data() + record.size() - at);
}

// The part of `bytes` before the first NUL.
[[nodiscard]] inline std::string_view text_in(const std::byte* at, std::size_t length) noexcept {
  const auto* text = reinterpret_cast<const char*>(at);
  const void* end = length == 0 ? nullptr : std::memchr(text, 0, length);
  return {text,
          end == nullptr ? length : static_cast<std::size_t>(static_cast<const char*>(end) - text)};
}

// Calls `visit(word)` for each NUL-terminated word; the last one may lack its NUL.
template <typename Visit>
void for_each_word(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const std::size_t end = words.find('\0');
    visit(words.substr(0, end));
    if (end == std::string_view::npos) return;
    words.remove_prefix(end + 1);
  }
}

// Two digits a byte.
void write_hex_bytes(Writer& out, Bytes bytes);

// The names of an enumeration, ready to copy.
class NameTable {
 public:
  using Write = void (*)(Writer&, std::string_view);
  NameTable(const Enumeration& enumeration, Write write);

  // Empty when the value has none.
  [[nodiscard]] std::string_view find(std::uint64_t value) const noexcept;
  [[nodiscard]] std::size_t longest() const noexcept;

  // Writes the names of the bits that are set, with '|' between them, and what has no name as a
  // hexadecimal number. `margin`: bytes to leave away at either end of a name (its quotes).
  void write_flags(Writer& out, std::uint64_t value, std::size_t margin) const;

 private:
  struct Entry {
    std::uint64_t value;
    std::size_t begin, end;  // in text_
  };
  std::vector<Entry> entries_;  // sorted by value
  std::string text_;
  bool dense_ = true;  // each value is one more than the one before
};

}  // namespace skep::record
