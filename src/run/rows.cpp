#include "run/rows.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstring>

#include "record/load.hpp"
#include "record/select.hpp"
#include "record/text.hpp"
#include "record/yaml.hpp"

namespace skep::run {
namespace {

constexpr std::size_t time_width = 13;  // "12:34:56.789 "

using Formatter =
    std::variant<record::TableFormatter, record::JsonFormatter, record::CsvFormatter, RawFormatter>;

Formatter make_formatter(const record::Schema& schema, const RowOptions& options,
                         record::Clock clock) {
  switch (options.format) {
    case Format::csv:
      return record::CsvFormatter(schema, clock);
    case Format::raw:
    case Format::folded:  // nothing but stacks
      return RawFormatter();
    case Format::json:
    case Format::yaml:
      return record::JsonFormatter(schema, clock);
    case Format::table:
      break;
  }
  auto width = options.width;
  if (options.timestamps && width > 0) width = std::max(width, 2 * time_width) - time_width;
  return record::TableFormatter(
      schema, {.width = width, .header = options.header, .colour = options.colour, .clock = clock});
}

// Nanoseconds since boot, as records have them.
std::uint64_t now_since_boot() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Members without their closing brace, `{"_map":"counts"`, and the object behind them, at `object`:
// one object.
void join_members(std::string& out, std::size_t object) {
  if (out.compare(object, 2, "{}") == 0) {
    out.erase(object, 1);
  } else {
    out[object] = ',';
  }
}

// What cannot be said of rows of this kind lets none of them through: see check_choice.
std::optional<record::Where> find_where(const record::Schema& schema, std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto tree = record::where::parse(text);
  auto where = tree ? record::Where::compile(*tree, schema) : record::Where::nothing();
  return where ? *std::move(where) : record::Where::nothing();
}

std::string json_member(std::string_view key, std::string_view text) {
  std::string out = record::json_key(key);
  record::Writer writer(out);
  record::write_json_text(writer, text);
  return out;
}

}  // namespace

RowWriter::Kind::Kind(const record::Schema& schema, std::optional<std::uint32_t> bytes,
                      const RowOptions& options, std::string_view map)
    : name(schema.name),
      clock_(record::Clock::now()),
      where_(find_where(schema, options.where)),
      formatter_(make_formatter(record::select_columns(schema, options.columns), options, clock_)),
      bytes_(bytes),
      format_(options.format),
      header_(options.header),
      colour_(options.colour),
      timestamps_(options.timestamps),
      time_at_(find_time(schema)),
      process_(find_process_column(schema)),
      map_(map.empty() ? std::string() : json_member("_map", map)) {}

void RowWriter::Kind::show_stacks(const RowStacks& rows, std::uint32_t bytes, Stacks* stacks) {
  if (!rows.any() || !names_stacks(format_)) return;
  row_stacks_ = rows;
  least_bytes_ = bytes;
  stacks_ = stacks;
}

void RowWriter::Kind::append_header(std::string& out) const {
  if (is_without_header()) return;
  const std::string_view time = !timestamps_ ? "" : time_at_ ? "TIME" : "READ";
  if (const auto* table = std::get_if<record::TableFormatter>(&formatter_)) {
    if (timestamps_ && colour_) out += "\x1b[1m";
    if (timestamps_) fmt::format_to(std::back_inserter(out), "{:<{}}", time, time_width);
    table->append_header(out);
  } else if (const auto* csv = std::get_if<record::CsvFormatter>(&formatter_)) {
    if (timestamps_) out += time_at_ ? "_time," : "_read,";
    csv->append_header(out);
    if (stacks_ != nullptr) append_csv_header(out, row_stacks_);
  }
}

// When it was, as the format says times, and what stands between it and the row.
void RowWriter::Kind::append_time(std::string& out, std::span<const std::byte> record) const {
  std::uint64_t time = 0;
  const bool is_told = time_at_ && time_at_->offset + sizeof(time) <= record.size();
  if (is_told) std::memcpy(&time, record.data() + time_at_->offset, sizeof(time));
  if (!is_told) time = now_since_boot();
  const auto clock = is_told && time_at_->is_monotonic ? clock_.as_monotonic() : clock_;
  record::Writer writer(out);
  char* to = writer.room(64);
  if (format_ == Format::table) {
    to = record::write_time_of_day(to, clock, time);
    *to++ = ' ';
  } else {
    to = record::write_utc(to, clock, time);
  }
  writer.wrote(to);
}

void RowWriter::Kind::append(std::string& out, std::span<const std::byte> record,
                             std::uint64_t count) const {
  const std::size_t mark = out.size();
  append_row(out, record);
  if (stacks_ != nullptr) [[unlikely]]
    append_stacks(out, record, count);
  if (histograms_.any()) [[unlikely]]
    histograms_.append(out, record);
  if (format_ == Format::yaml) record::make_yaml(out, mark);
}

// What a record that is too short has of stacks is not known.
void RowWriter::Kind::append_stacks(std::string& out, std::span<const std::byte> record,
                                    std::uint64_t count) const {
  if (record.size() >= least_bytes_) {
    stacks_->append(out, row_stacks_, record, count);
  } else if (format_ == Format::csv) {
    append_csv_nothing(out, row_stacks_);
  }
}

void RowWriter::Kind::append_row(std::string& out, std::span<const std::byte> record) const {
  const std::size_t mark = out.size();
  if (const auto* json = std::get_if<record::JsonFormatter>(&formatter_)) {
    if (timestamps_) {
      out += time_at_ ? "{\"_time\":\"" : "{\"_read\":\"";
      append_time(out, record);
      out += '"';
    }
    if (!map_.empty()) {
      out += timestamps_ ? ',' : '{';
      out += map_;
    }
    const std::size_t object = out.size();
    json->append(out, record);
    if (object != mark) join_members(out, object);
  } else if (const auto* csv = std::get_if<record::CsvFormatter>(&formatter_)) {
    if (timestamps_) {
      append_time(out, record);
      out += ',';
    }
    csv->append(out, record);
  } else if (const auto* table = std::get_if<record::TableFormatter>(&formatter_)) {
    if (timestamps_) append_time(out, record);
    table->append(out, record);
  } else if (format_ == Format::raw) {
    out.append(reinterpret_cast<const char*>(record.data()), record.size());
  }
}

// A record of no known kind is one column of bytes: hex, as long as it is.
RowWriter::RowWriter(const PlannedStream& stream, const RowOptions& options, Stacks* stacks)
    : is_padded_(stream.type == MapType::perf_event_array) {
  const auto is_rest = [](const PlannedRecord& record) { return !record.bytes && !record.tag; };
  for (const auto& record : stream.records) {
    add(record, options, stacks);
    if (is_rest(record)) return;
  }
  kinds_.emplace_back(record::raw_schema(stream.map), std::nullopt, options);
  kinds_.back().is_unknown = kinds_.size() > 1;
}

void RowWriter::add(const PlannedRecord& record, const RowOptions& options, Stacks* stacks) {
  const auto& schema = record.schema;
  auto& kind = kinds_.emplace_back(
      names_stacks(options.format) ? without_stacks(schema, record.stacks) : schema, record.bytes,
      options);
  kind.tag_ = record.tag;
  kind.show_stacks(chosen_stacks(record.stacks, schema, options.columns), schema.size, stacks);
}

const RowWriter::Kind& RowWriter::kind_of(std::span<const std::byte> record) const noexcept {
  std::size_t i = 0;
  while (!stream::is_of(record, kinds_[i].bytes_, kinds_[i].tag_, is_padded_)) ++i;
  return is_padded_ && kinds_[i].is_unknown ? kind_of_start(record) : kinds_[i];
}

// What a program sends to a perf buffer may be followed by a part of its packet, as long as the
// flags of bpf_perf_event_output() say.
const RowWriter::Kind& RowWriter::kind_of_start(std::span<const std::byte> record) const noexcept {
  const Kind* longest = &kinds_.back();
  for (const Kind& kind : kinds_) {
    const bool fits = kind.bytes_ && *kind.bytes_ <= record.size() &&
                      stream::is_of(record, std::nullopt, kind.tag_, is_padded_);
    if (fits && *kind.bytes_ > longest->bytes_.value_or(0)) longest = &kind;
  }
  return *longest;
}

std::optional<TimePlace> find_time(const record::Schema& schema) {
  using record::Meaning;
  for (const auto& column : schema.columns) {
    const bool is_time =
        column.meaning == Meaning::time_ns || column.meaning == Meaning::monotonic_ns;
    if (!is_time || column.size != 8 || column.bit_size != 0 || !column.dimensions.empty())
      continue;
    return TimePlace{column.offset, column.meaning == Meaning::monotonic_ns};
  }
  return std::nullopt;
}

namespace {

// A line of bpf_printk, and its text behind it.
struct Printed {
  double time;  // seconds of the trace clock
  std::uint32_t cpu, pid;
  char comm[16];  // TASK_COMM_LEN
};

record::Column printed_column(std::string name, record::Meaning meaning, std::size_t offset,
                              std::size_t size) {
  record::Column out{.name = name, .path = {std::move(name)}, .meaning = meaning};
  out.offset = static_cast<std::uint32_t>(offset);
  out.size = static_cast<std::uint32_t>(size);
  out.flexible = size == 0;
  return out;
}

}  // namespace

record::Schema printed_schema() {
  using record::Meaning;
  record::Schema schema{.name = "printk", .size = sizeof(Printed)};
  schema.columns = {
      printed_column("time", Meaning::floating, offsetof(Printed, time), 8),
      printed_column("cpu", Meaning::unsigned_integer, offsetof(Printed, cpu), 4),
      printed_column("pid", Meaning::unsigned_integer, offsetof(Printed, pid), 4),
      printed_column("comm", Meaning::text, offsetof(Printed, comm), sizeof(Printed::comm)),
      printed_column("text", Meaning::text, sizeof(Printed), 0),
  };
  return schema;
}

RowWriter::Kind printed_kind(const RowOptions& options) {
  RowOptions ours = options;
  if (ours.columns.empty() && ours.format == Format::table) ours.columns = {"pid", "comm", "text"};
  return {printed_schema(), std::nullopt, ours};
}

void make_printed_record(const stream::PrintedLine& line, std::vector<std::byte>& record) {
  Printed printed{.time = static_cast<double>(line.time.seconds) +
                          static_cast<double>(line.time.microseconds) / 1e6,
                  .cpu = line.cpu,
                  .pid = line.pid,
                  .comm = {}};
  line.comm.copy(printed.comm, sizeof(printed.comm));
  record.resize(sizeof(printed) + line.text.size());
  std::memcpy(record.data(), &printed, sizeof(printed));
  std::memcpy(record.data() + sizeof(printed), line.text.data(), line.text.size());
}

}  // namespace skep::run
