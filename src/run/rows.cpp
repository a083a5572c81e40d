#include "run/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/text.hpp"

namespace skep::run {
namespace {

std::variant<record::TableFormatter, record::JsonFormatter> make_formatter(
    const record::Schema& schema, const SessionOptions& options) {
  if (options.format == Format::json) return record::JsonFormatter(schema);
  return record::TableFormatter(
      schema, {.width = options.width, .header = options.header, .colour = options.colour});
}

}  // namespace

RowWriter::Kind::Kind(const record::Schema& schema, std::optional<std::uint32_t> bytes,
                      const SessionOptions& options)
    : formatter_(make_formatter(schema, options)), bytes_(bytes) {}

void RowWriter::Kind::append_header(std::string& out) const {
  if (const auto* table = std::get_if<record::TableFormatter>(&formatter_)) {
    table->append_header(out);
  }
}

void RowWriter::Kind::append(std::string& out, std::span<const std::byte> record) const {
  if (const auto* json = std::get_if<record::JsonFormatter>(&formatter_)) {
    json->append(out, record);
  } else {
    std::get<record::TableFormatter>(formatter_).append(out, record);
  }
}

// A record of no known kind is one column of bytes: hex, as long as it is.
RowWriter::RowWriter(const PlannedStream& stream, const SessionOptions& options)
    : is_padded_(stream.type == MapType::perf_event_array) {
  for (const auto& record : stream.records) {
    if (record.bytes) kinds_.emplace_back(record.schema, record.bytes, options);
  }
  const auto rest = std::ranges::find_if(stream.records,
                                         [](const PlannedRecord& record) { return !record.bytes; });
  const bool is_known = rest != stream.records.end();
  kinds_.emplace_back(is_known ? rest->schema : record::raw_schema(stream.map), std::nullopt,
                      options);
}

bool RowWriter::fits(const Kind& kind, std::size_t bytes) const noexcept {
  if (!kind.bytes_) return true;
  // The kernel puts 4 bytes before a perf record's and rounds the whole up to 8.
  return bytes == (is_padded_ ? (*kind.bytes_ + 4 + 7) / 8 * 8 - 4 : *kind.bytes_);
}

const RowWriter::Kind& RowWriter::kind_of(std::span<const std::byte> record) const noexcept {
  std::size_t i = 0;
  while (!fits(kinds_[i], record.size())) ++i;
  return kinds_[i];
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
