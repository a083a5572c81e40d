// object/missing_program.hpp: a name that no program of an object has.
#pragma once

#include <string_view>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// not_found, with the nearest name or all that there are as a hint.
[[nodiscard]] Error missing_program(const ObjectSpec& spec, std::string_view name);

}  // namespace skep::object
