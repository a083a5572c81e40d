// run/statistics.hpp: how often programs ran, where they say nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/row_output.hpp"
#include "skep/introspect.hpp"
#include "skep/object.hpp"

namespace skep::run {

// program, runs, time, average: of the programs, and of the time in each run.
[[nodiscard]] record::Schema statistics_schema();

inline constexpr std::string_view statistics_source = "programs";

class ProgramStatistics {
 public:
  // Borrows the object. From here the kernel counts, if it lets us: else there is a note.
  ProgramStatistics(const Object& object, const RowOptions& options);

  // A row a program. Errors: what asking the kernel says.
  Result<std::size_t> append(RowOutput& to) const;

  [[nodiscard]] RowWriter::Kind& rows() noexcept { return rows_; }
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  const Object* object_;
  RowWriter::Kind rows_;
  std::optional<RunStatistics> counting_;
  std::string note_;  // empty, or why nothing is counted
};

}  // namespace skep::run
