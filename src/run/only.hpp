// run/only.hpp: a part of an object.
#pragma once

#include <string>
#include <vector>

#include "skep/spec.hpp"
#include "stream/outputs.hpp"

namespace skep::run {

// Loads the programs whose names fit one of the patterns (fnmatch(3)), also those of SEC("?…"), and
// no others; no patterns: as the object says. Errors: not_found for a pattern that fits none, with
// the programs that there are.
[[nodiscard]] Result<void> keep_only(ObjectSpec& spec, const std::vector<std::string>& patterns);

// Those that are made by programs that are loaded; where none is, all.
[[nodiscard]] std::vector<stream::Output> of_loaded(const ObjectSpec& spec,
                                                    std::vector<stream::Output> outputs);

}  // namespace skep::run
