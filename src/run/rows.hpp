// run/rows.hpp: one stream's records as lines of text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "record/format.hpp"
#include "run/session.hpp"
#include "stream/trace_pipe.hpp"

namespace skep::run {

// Formats the records of one stream. Chosen once, so that a record costs no decision but one.
class RowWriter {
 public:
  RowWriter(const PlannedStream& stream, const SessionOptions& options);

  void append_header(std::string& out) const;
  void append(std::string& out, std::span<const std::byte> record) const;

 private:
  std::variant<record::TableFormatter, record::JsonFormatter> formatter_;
};

// The same for the lines of bpf_printk: pid, comm, text.
void append_printed_header(std::string& out, const SessionOptions& options);
void append_printed(std::string& out, const stream::PrintedLine& line,
                    const SessionOptions& options);

}  // namespace skep::run
