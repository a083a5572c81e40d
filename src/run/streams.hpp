// run/streams.hpp: which type the records of a ring buffer have.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"

namespace skep::run {

// One entry a ring buffer. Errors: bad_input when a type cannot be laid out.
[[nodiscard]] Result<std::vector<PlannedStream>> find_streams(const ObjectSpec& spec);

}  // namespace skep::run
