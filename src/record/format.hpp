// record/format.hpp: records to text, fast: no allocation, no look-up, no exception per event.
//
// docs/design/output.md says how each kind of value is shown.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/json_program.hpp"
#include "record/operation.hpp"
#include "record/schema.hpp"
#include "record/time.hpp"
#include "record/writer.hpp"

namespace skep::record {

// A record may be followed by so many bytes that are not shown: perf buffers round sizes up.
inline constexpr std::size_t most_padding = 7;

// One line of JSON per record, fields in order, structs as nested objects. Any bytes at all make
// one line of valid JSON in valid UTF-8.
class JsonFormatter {
 public:
  explicit JsonFormatter(const Schema& schema, Clock clock = Clock::now());

  // Appends one line. A record too short for the schema becomes {"_raw":"hex…"}; what a longer one
  // has besides (more than most_padding) is its last field, "_rest":"hex…".
  void append(Output& out, std::span<const std::byte> record) const;

 private:
  JsonProgram program_;
  JsonProgram::Range object_;
  std::size_t required_;  // bytes
  bool is_open_;          // the fixed part is not all: spans, flexible arrays
};

struct TableOptions {
  std::size_t width = 0;  // terminal columns; 0: unlimited (not a terminal)
  bool header = true;     // append_header writes one
  bool colour = false;
  Clock clock = Clock::now();
};

// Aligned columns: widths come from the column's kind and never change, so that rows line up from
// the first. Without a terminal nothing is cut: what is wider than its column pushes the rest of
// its row. On a terminal the row is cut to its width with an ellipsis, never wrapped; the last
// text of any length takes what the others leave, and where that is little, all texts give way. No
// control character of a record reaches the output.
class TableFormatter {
 public:
  TableFormatter(const Schema& schema, TableOptions options);
  void append_header(Output& out) const;
  void append(Output& out, std::span<const std::byte> record) const;

 private:
  struct Cell {
    Operation operation;
    JsonProgram::Range json;  // arrays are shown as compact JSON
    std::string title;
    std::size_t width = 0;    // columns
    bool is_right = false;    // numbers
    bool is_integer = false;  // of 32 or 64 bits, and as such a number
    bool is_limited = false;  // what is wider is cut, rather than pushing the row
  };

  [[nodiscard]] Cell make_cell(const Column& column);
  void share_width();
  std::size_t write_cell(Writer& out, Bytes record, const Cell& cell) const;
  std::size_t write_number(Writer& out, const Operation& op, std::uint64_t value) const;
  std::size_t write_integer(Writer& out, const std::byte* at, const Cell& cell) const;
  std::size_t write_span(Writer& out, Bytes record, const Operation& op) const;
  std::size_t write_name(Writer& out, Meaning meaning, std::uint64_t value) const;
  std::size_t write_red(Writer& out, std::string_view text) const;
  void write_short(Writer& out, Bytes record) const;
  std::size_t cut_cell(Writer& out, std::size_t mark, std::size_t width) const;
  bool fit_row(Writer& out, std::size_t mark, std::size_t columns) const;

  TableOptions options_;
  JsonProgram arrays_;
  std::vector<NameTable> names_;
  mutable Namer namer_;
  mutable std::array<SameSecond, 2> times_;  // since boot, and of the monotonic clock
  std::vector<Cell> cells_;
  std::size_t required_;  // bytes
  bool is_open_;
};

}  // namespace skep::record
