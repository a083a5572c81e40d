#include "run/rows.hpp"

#include <fmt/format.h>

#include "record/text.hpp"

namespace skep::run {
namespace {

// A stream whose type nothing names is one column of bytes: hex, as long as the record is.
record::Schema schema_of(const PlannedStream& stream) {
  if (stream.schema) return *stream.schema;
  return record::raw_schema(stream.map);
}

std::variant<record::TableFormatter, record::JsonFormatter> make_formatter(
    const record::Schema& schema, const SessionOptions& options) {
  if (options.format == Format::json) return record::JsonFormatter(schema);
  return record::TableFormatter(
      schema, {.width = options.width, .header = options.header, .colour = options.colour});
}

}  // namespace

RowWriter::RowWriter(const PlannedStream& stream, const SessionOptions& options)
    : formatter_(make_formatter(schema_of(stream), options)) {}

void RowWriter::append_header(std::string& out) const {
  if (const auto* table = std::get_if<record::TableFormatter>(&formatter_)) {
    table->append_header(out);
  }
}

void RowWriter::append(std::string& out, std::span<const std::byte> record) const {
  if (const auto* json = std::get_if<record::JsonFormatter>(&formatter_)) {
    json->append(out, record);
  } else {
    std::get<record::TableFormatter>(formatter_).append(out, record);
  }
}

void append_printed_header(std::string& out, const SessionOptions& options) {
  if (options.format == Format::json) return;
  const auto* line = options.colour ? "\x1b[1m{:>10} {:<16} {}\x1b[0m\n" : "{:>10} {:<16} {}\n";
  fmt::format_to(std::back_inserter(out), fmt::runtime(line), "PID", "COMM", "TEXT");
}

void append_printed(std::string& out, const stream::PrintedLine& line,
                    const SessionOptions& options) {
  if (options.format == Format::json) {
    fmt::format_to(std::back_inserter(out),
                   "{{\"time\":{}.{:06},\"cpu\":{},\"pid\":{},\"comm\":", line.time.seconds,
                   line.time.microseconds, line.cpu, line.pid);
    record::Writer writer(out);
    record::write_json_text(writer, line.comm);
    writer.put(",\"text\":");
    record::write_json_text(writer, line.text);
    writer.put("}\n");
    return;
  }
  const std::size_t start = out.size();
  fmt::format_to(std::back_inserter(out), "{:>10} ", line.pid);
  record::Writer writer(out);
  const std::size_t columns = record::write_visible_text(writer, line.comm);
  writer.fill(columns < 16 ? 17 - columns : 1, ' ');
  record::write_visible_text(writer, line.text);
  const std::string_view row(writer.from(start), writer.size() - start);
  if (options.width > 0 && record::columns_of(row) > options.width) {
    writer.cut_at(start + record::bytes_within(row, options.width - 1));
    writer.put("…");
  }
  writer.put('\n');
}

}  // namespace skep::run
