#include "run/statistics.hpp"

#include <cstddef>
#include <cstring>

#include "base/error.hpp"

namespace skep::run {
namespace {

struct Row {
  char program[64];
  std::uint64_t runs, time_ns, average_ns;
};

record::Column column(std::string name, record::Meaning meaning, std::size_t offset,
                      std::size_t size) {
  record::Column out{.name = name, .path = {std::move(name)}, .meaning = meaning};
  out.offset = static_cast<std::uint32_t>(offset);
  out.size = static_cast<std::uint32_t>(size);
  return out;
}

}  // namespace

record::Schema statistics_schema() {
  using record::Meaning;
  record::Schema schema{.name = std::string(statistics_source), .size = sizeof(Row)};
  schema.columns = {column("program", Meaning::text, offsetof(Row, program), sizeof(Row::program)),
                    column("runs", Meaning::unsigned_integer, offsetof(Row, runs), 8),
                    column("time_ns", Meaning::duration_ns, offsetof(Row, time_ns), 8),
                    column("average_ns", Meaning::duration_ns, offsetof(Row, average_ns), 8)};
  return schema;
}

ProgramStatistics::ProgramStatistics(const Object& object, const RowOptions& options)
    : object_(&object), rows_(statistics_schema(), std::nullopt, options) {
  auto counting = RunStatistics::enable();
  if (counting) {
    counting_.emplace(*std::move(counting));
  } else {
    note_ = fmt::format("how often programs run is not counted: {}", counting.error().message());
  }
}

Result<std::size_t> ProgramStatistics::append(RowOutput& to) const {
  if (!counting_) return std::size_t{0};
  std::size_t count = 0;
  for (const auto& program : object_->programs()) {
    if (program.fd() < 0) continue;
    SKEP_TRY(const auto info, program.info());
    Row row{.program = {},
            .runs = info.run_count,
            .time_ns = info.run_time_ns,
            .average_ns = info.run_time_ns / std::max<std::uint64_t>(info.run_count, 1)};
    program.name().copy(row.program, sizeof(row.program) - 1);
    const auto record = std::as_bytes(std::span(&row, 1));
    if (!rows_.wants(record)) continue;
    to.append(rows_, record);
    ++count;
  }
  return count;
}

}  // namespace skep::run
