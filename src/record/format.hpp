// record/format.hpp: records to text, fast: no allocation, no look-up, no exception per event.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.hpp"

namespace skep::record {

// Text waiting to be written: grows while a batch is formatted, is written out in one piece.
using Output = std::string;

// One line of JSON per record, fields in order, strings escaped (invalid UTF-8 bytes become
// U+FFFD as \ufffd, so that every line is valid JSON), 64-bit integers as numbers.
class JsonFormatter {
 public:
  explicit JsonFormatter(const Schema& schema);
  // Appends one line. A record too short for the schema becomes {"_raw":"hex…"}.
  void append(Output& out, std::span<const std::byte> record) const;

 private:
  std::vector<std::string> keys_;  // `,"name":` ready to copy
  Schema schema_;
};

struct TableOptions {
  std::size_t width = 0;   // terminal columns; 0: unlimited (not a tty)
  bool header = true;
  bool colour = false;
};

// Aligned columns: widths come from the column's kind and grow never, so that rows line up from
// the first; the last text column takes the rest. Too long is cut with an ellipsis, never wrapped,
// on a terminal; whole when piped.
class TableFormatter {
 public:
  TableFormatter(const Schema& schema, TableOptions options);
  void append_header(Output& out) const;
  void append(Output& out, std::span<const std::byte> record) const;

 private:
  Schema schema_;
  TableOptions options_;
  std::vector<std::size_t> widths_;
};

}  // namespace skep::record
