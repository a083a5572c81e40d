// run/choice.hpp: which rows and columns of a plan are shown.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"
#include "run/session.hpp"

namespace skep::run {

// What each kind of row of the plan has; those of tables only if they are shown.
[[nodiscard]] std::vector<record::Schema> schemas_of_rows(const Plan& plan);

// Whether what the options ask of rows is there. Errors: invalid_argument for a column that no
// kind of row has, and for what a format cannot show.
[[nodiscard]] Result<void> check_choice(const Plan& plan, const SessionOptions& options);

// What of that, and of the rows of a command, is not as one may expect, one sentence each.
[[nodiscard]] std::vector<std::string> notes_on_choice(const Plan& plan,
                                                       const SessionOptions& options);

}  // namespace skep::run
