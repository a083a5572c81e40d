// run/iterators.hpp: what iterators (SEC("iter/…")) print, as rows: a line each.
#pragma once

#include <string>
#include <vector>

#include "run/row_output.hpp"
#include "skep/link.hpp"

namespace skep::run {

// Those of the object that are loaded.
[[nodiscard]] std::vector<PlannedIterator> find_iterators(const ObjectSpec& spec);

// One column, "text".
[[nodiscard]] record::Schema iterator_schema(const PlannedIterator& iterator);

class IteratorReader {
 public:
  // Borrows the link. `is_only`: nothing else is shown, and it needs no title.
  IteratorReader(const Link& link, const RowOptions& options, bool is_only);

  // Walks anew, from the first to the last; returns how many lines there were. Errors: what reading
  // says.
  Result<std::size_t> append(RowOutput& to);

  [[nodiscard]] RowWriter::Kind& rows() noexcept { return rows_; }
  [[nodiscard]] const std::string& name() const noexcept { return link_->program(); }

 private:
  const Link* link_;
  RowWriter::Kind rows_;
  bool has_title_;
};

}  // namespace skep::run
