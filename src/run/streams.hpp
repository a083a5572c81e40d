// run/streams.hpp: the ring and perf buffers of an object, and what their records are.
#pragma once

#include <span>

#include "run/plan.hpp"
#include "stream/outputs.hpp"

namespace skep::run {

// `outputs` are those of stream::find_outputs(). Errors: bad_input when a record's type cannot be
// laid out; invalid_argument and not_found for a type of the options.
[[nodiscard]] Result<std::vector<PlannedStream>> find_streams(
    const ObjectSpec& spec, const PlanOptions& options, std::span<const stream::Output> outputs);

// What was guessed, or not known, and how to say it better; what is not read.
[[nodiscard]] std::vector<std::string> notes_on_streams(const ObjectSpec& spec,
                                                        const std::vector<PlannedStream>& streams,
                                                        std::span<const stream::Output> outputs);

}  // namespace skep::run
