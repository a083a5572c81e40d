// cli/parameters.hpp: an object's parameters for --help.
#pragma once

#include <string>

#include "skep/spec.hpp"

namespace skep::cli {

// A line for each: its type, the default, the unit, the names that it takes.
[[nodiscard]] std::string describe_parameters(const ObjectSpec& spec);

}  // namespace skep::cli
