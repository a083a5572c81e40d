// record/select.hpp: some of a schema's columns, by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.hpp"

namespace skep::record {

// The columns that a name stands for: the one of that name ("pid", "addr.v4", "key.comm"), or all
// that lie in a struct ("addr"). Where no column has the name as it is written, upper and lower
// case are the same, since a table's header has upper case only. Empty: there is none.
[[nodiscard]] std::vector<std::size_t> find_columns(const Schema& schema, std::string_view name);

// The names of all columns, and that of them which comes nearest to one that there is not.
[[nodiscard]] std::vector<std::string> names_of(const Schema& schema);
[[nodiscard]] std::string nearest_column(std::string_view name, std::vector<std::string> names);

// The columns that are named, in that order, each once; names that there are not are passed over.
// All of them where none is there. Records are as long as they were, and what they hold besides is
// not shown.
[[nodiscard]] Schema select_columns(const Schema& schema, const std::vector<std::string>& names);

// Members of one struct next to each other, where its first one stands: one object in JSON.
[[nodiscard]] std::vector<Column> group_by_parents(std::vector<Column> columns);

}  // namespace skep::record
