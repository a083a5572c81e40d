// run/tables.hpp: what stands in a program's maps, as rows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "record/entry.hpp"
#include "run/entries.hpp"
#include "run/row_output.hpp"
#include "run/rows.hpp"
#include "run/stacks.hpp"
#include "skep/map.hpp"
#include "skep/maps/sweep.hpp"

namespace skep::run {

// The maps of the object that can be listed; and its global variables, a section a table; those
// only that `may_be_one` says yes to. Errors: bad_input when a type cannot be laid out.
using MapFilter = std::function<bool(const MapSpec&)>;
[[nodiscard]] Result<std::vector<PlannedTable>> find_tables(const ObjectSpec& spec,
                                                            const MapFilter& may_be_one);

// What they are beside their columns, once it is known what these mean: histograms, stacks, a row
// a CPU.
// Errors: those of find_histograms().
[[nodiscard]] Result<void> find_forms(const ObjectSpec& spec, std::vector<PlannedTable>& tables,
                                      bool per_cpu);

// Of those that are shown: why CPUs have rows of their own though nobody asked for it.
[[nodiscard]] std::vector<std::string> notes_on_cpus(const std::vector<PlannedTable>& tables);

// Reads one of them and writes its rows.
class TableReader {
 public:
  // `stacks` names those of its entries.
  TableReader(const Map& map, const PlannedTable& table, const SessionOptions& options,
              Stacks* stacks);

  // Before anything runs: what changes count from.
  Result<void> begin();

  // Has a look at the processes whose stacks are in it, while they run.
  Result<void> remember() const;
  [[nodiscard]] bool has_stacks() const noexcept { return stacks_ != nullptr; }

  struct Count {
    std::size_t rows = 0, unwanted = 0;
  };
  // Appends a row for each entry that is there and wanted, in order; returns how many. The map may
  // change meanwhile: see Sweep. Errors: what reading the map says.
  Result<Count> append(RowOutput& to);

  [[nodiscard]] RowWriter::Kind& rows() noexcept { return rows_; }
  [[nodiscard]] const std::string& map() const noexcept { return table_.map; }

 private:
  [[nodiscard]] Result<Entries> read(Sweep::Take take) const;
  [[nodiscard]] Result<void> clear_array() const;
  void add_entry(Entries& entries, std::span<const std::byte> key,
                 std::span<const std::byte> value) const;
  void append_as_histograms(std::string& out, const Entries& entries) const;
  [[nodiscard]] Result<void> append_inner(RowOutput& to, const Entries& entries) const;
  [[nodiscard]] std::string name_of_key(const Entry& entry) const;
  [[nodiscard]] std::uint64_t count_of(std::span<const std::byte> entry) const;

  const Map* map_;
  PlannedTable table_;
  const SessionOptions* session_;
  TableOptions options_;
  Changes changes_;
  Stacks* stacks_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  RowWriter::Kind rows_;
  std::optional<RowWriter::Kind> labels_;  // of histograms: what stands beside the slots
  bool header_, is_for_people_, is_folded_;
  std::size_t width_;
};

}  // namespace skep::run
