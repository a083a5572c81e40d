// run/left_out.hpp: the maps of an object that a plan has no rows of, and why.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"
#include "stream/outputs.hpp"

namespace skep::run {

// Whether it may become a table: what programs keep for themselves, or records are made in, does
// not.
[[nodiscard]] bool may_be_table(const ObjectSpec& spec, const std::vector<stream::Output>& outputs,
                                const MapSpec& map);

// Why a map of the object is none of the tables, in words: for who asks for it by name.
[[nodiscard]] std::string why_no_table(const ObjectSpec& spec,
                                       const std::vector<stream::Output>& outputs,
                                       const MapSpec& map);

// All that the plan does not show as a stream, a table or the stacks of one.
[[nodiscard]] std::vector<PlannedLeftOut> find_left_out(const ObjectSpec& spec,
                                                        const std::vector<stream::Output>& outputs,
                                                        const Plan& plan);

// What of that a person would want to see, and tables that are not shown: a sentence each.
[[nodiscard]] std::vector<std::string> notes_on_left_out(const Plan& plan);

}  // namespace skep::run
