// run/columns.hpp: what the user says of columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/plan.hpp"

namespace skep::run {

// "COLUMN:KIND" each, as in "delta:duration_us" or "state:enum=task_state": every column of that
// name, in streams and tables, is shown so. `types` are the object's. Errors: invalid_argument for
// a column or kind that is not there, or that do not go together, with what there is.
[[nodiscard]] Result<void> set_kinds(Plan& plan, const std::vector<std::string>& wanted,
                                     const Btf& types);

// Tables are sorted by a column: "count", the largest first; "+count", the smallest. Errors:
// invalid_argument when no table has it.
[[nodiscard]] Result<void> set_order(Plan& plan, std::string_view wanted);

}  // namespace skep::run
