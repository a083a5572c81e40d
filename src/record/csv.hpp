// record/csv.hpp: records as comma-separated values (RFC 4180).
#pragma once

#include <span>
#include <vector>

#include "record/json_program.hpp"
#include "record/schema.hpp"
#include "record/time.hpp"
#include "record/writer.hpp"

namespace skep::record {

// One line per record, ended by CR LF. The values are those of JSON, so that each kind of column
// has one form for programs: a string without its quotes, nothing for null, arrays as JSON. A text
// that was cut ends with an ellipsis.
class CsvFormatter {
 public:
  explicit CsvFormatter(const Schema& schema, Clock clock = Clock::now());

  // The names of the columns, with dots: the first line.
  void append_header(Output& out) const;

  // Appends one line. Of a record too short for the schema the first field says so, with its bytes
  // in hex, and the others are empty; what a longer one has besides is not shown.
  void append(Output& out, std::span<const std::byte> record) const;

 private:
  JsonProgram program_;
  std::vector<JsonProgram::Range> fields_;
  std::string header_;
  std::size_t required_;  // bytes
};

// Turns the JSON value that begins at `mark`, and what JsonProgram writes behind one that was cut,
// into a field.
void make_csv_field(Writer& out, std::size_t mark);

}  // namespace skep::record
