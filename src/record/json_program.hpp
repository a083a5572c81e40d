// record/json_program.hpp: columns as a flat list of operations that write JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "record/namer.hpp"
#include "record/operation.hpp"
#include "record/schema.hpp"
#include "record/time.hpp"
#include "record/writer.hpp"

namespace skep::record {

class JsonProgram {
 public:
  // A part of the program: operations [begin, end).
  struct Range {
    std::uint32_t begin = 0, end = 0;
  };

  JsonProgram(const std::vector<Enumeration>& enumerations, Clock clock);

  // Adds what writes an object with all columns, or one column's value.
  Range add_object(const std::vector<Column>& columns);
  Range add_value(const Column& column);

  // Precondition: the record is at least as long as the extents of the columns added.
  void run(Writer& out, Bytes record, Range range) const { run(out, record, range, 0); }

 private:
  // What stands around a span that was cut or lies outside of the record.
  struct SpanKeys {
    std::string total, error;  // `,"path_total":`
  };

  void add_column(const Column& column, std::string_view literal);
  void add_element(const Column& column, std::string_view literal, std::uint32_t offset);
  void push(Operation op, std::string_view literal);
  void run(Writer& out, Bytes record, Range range, std::size_t base) const;
  void write_slow(Writer& out, Bytes record, const Operation& op, const std::byte* at) const;
  void write_array(Writer& out, Bytes record, std::uint32_t index, std::size_t at) const;
  void write_span(Writer& out, Bytes record, const Operation& op, const std::byte* at) const;
  void write_span_in_array(Writer& out, Bytes record, const Operation& op, const Span& span) const;
  void write_number(Writer& out, const Operation& op, std::uint64_t value) const;

  bool write_name(Writer& out, const Operation& op, std::uint64_t value) const;
  void write_time(Writer& out, const Operation& op, std::uint64_t value) const;

  std::vector<Operation> operations_;
  std::string literals_;  // with copy_slack bytes at the end
  std::vector<NameTable> names_;
  std::vector<SpanKeys> span_keys_;
  Clock clock_;
  mutable Namer namer_;                      // remembers what it looked up
  mutable std::array<SameSecond, 2> times_;  // since boot, and of the monotonic clock
};

// A JSON key and what stands around it: `"name":`.
[[nodiscard]] std::string json_key(std::string_view name);

}  // namespace skep::record
