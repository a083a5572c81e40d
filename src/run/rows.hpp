// run/rows.hpp: one stream's records as lines of text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "record/csv.hpp"
#include "record/format.hpp"
#include "record/where.hpp"
#include "run/histograms.hpp"
#include "run/plan.hpp"
#include "run/process_column.hpp"
#include "run/session.hpp"
#include "run/stacks.hpp"
#include "stream/trace_pipe.hpp"

namespace skep::run {

// The records' bytes as they are.
struct RawFormatter {};

// Where a record says when it was, and by which clock.
struct TimePlace {
  std::uint32_t offset = 0;  // bytes from its start
  bool is_monotonic = false;
};
[[nodiscard]] std::optional<TimePlace> find_time(const record::Schema& schema);

// Formats the records of one stream: which kind one is, its size says, or a tag in it.
class RowWriter {
 public:
  // `stacks` names those of the records.
  RowWriter(const PlannedStream& stream, const RowOptions& options, Stacks* stacks);

  // One kind's. Which address it has does not change while the writer lives.
  class Kind {
   public:
    // `map`: what JSON and YAML say where the row comes from; empty: they do not.
    Kind(const record::Schema& schema, std::optional<std::uint32_t> bytes,
         const RowOptions& options, std::string_view map = {});
    // Its rows have stacks, which are named by `stacks`. `bytes`: of a record with all its columns.
    void show_stacks(const RowStacks& rows, std::uint32_t bytes, Stacks* stacks);
    // Its rows have histograms, which JSON says more of.
    void show_histograms(HistogramMembers histograms) { histograms_ = std::move(histograms); }
    void append_header(std::string& out) const;
    // In the midst of CSV no other header may stand.
    [[nodiscard]] bool is_without_header() const noexcept {
      return !header_ || (is_unknown && format_ == Format::csv);
    }
    // `count`: how often its stacks were seen.
    void append(std::string& out, std::span<const std::byte> record, std::uint64_t count = 1) const;
    // Whether the session wants it.
    [[nodiscard]] bool wants(std::span<const std::byte> record) const noexcept {
      return !where_ || (*where_)(record);
    }
    // Nothing where its records do not say of which process they are.
    [[nodiscard]] const std::optional<ProcessColumn>& process() const noexcept { return process_; }

    std::string name;         // of the records' type
    std::size_t output = 0;   // which one its rows go to: see RowOutputs
    bool is_unknown = false;  // only of records that fit no other kind

   private:
    friend class RowWriter;
    void append_row(std::string& out, std::span<const std::byte> record) const;
    void append_stacks(std::string& out, std::span<const std::byte> record,
                       std::uint64_t count) const;
    void append_time(std::string& out, std::span<const std::byte> record) const;

    record::Clock clock_;
    std::optional<record::Where> where_;
    std::variant<record::TableFormatter, record::JsonFormatter, record::CsvFormatter, RawFormatter>
        formatter_;
    std::optional<std::uint32_t> bytes_;
    std::optional<stream::RecordTag> tag_;
    Format format_;
    bool header_, colour_, timestamps_;
    std::optional<TimePlace> time_at_;  // where the record says when; else skep does
    std::optional<ProcessColumn> process_;
    std::string map_;  // `"_map":"counts"`
    Stacks* stacks_ = nullptr;
    RowStacks row_stacks_;
    HistogramMembers histograms_;
    std::uint32_t least_bytes_ = 0;
  };
  [[nodiscard]] const Kind& kind_of(std::span<const std::byte> record) const noexcept;
  [[nodiscard]] std::vector<Kind>& kinds() noexcept { return kinds_; }
  [[nodiscard]] const std::vector<Kind>& kinds() const noexcept { return kinds_; }

 private:
  void add(const PlannedRecord& record, const RowOptions& options, Stacks* stacks);
  [[nodiscard]] const Kind& kind_of_start(std::span<const std::byte> record) const noexcept;

  std::vector<Kind> kinds_;  // never empty; the last takes what fits none
  bool is_padded_ = false;   // a perf buffer: records are followed by bytes of no meaning
};

// The lines of bpf_printk as records, so that they are rows as all others. A table shows pid, comm
// and text unless columns are chosen.
[[nodiscard]] record::Schema printed_schema();
[[nodiscard]] RowWriter::Kind printed_kind(const RowOptions& options);
void make_printed_record(const stream::PrintedLine& line, std::vector<std::byte>& record);

}  // namespace skep::run
