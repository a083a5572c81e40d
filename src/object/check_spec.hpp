// object/check_spec.hpp: that the numbers in a spec point at what is there.
#pragma once

#include "skep/spec.hpp"

namespace skep::object {

// A spec is a public struct that users edit: before its functions are put together, every index in
// it (a program's function, what a relocation refers to, the instruction that a relocation or a
// record is about) must lie inside of what it counts. Errors: bad_input, naming the number.
[[nodiscard]] Result<void> check_spec(const ObjectSpec& spec);

}  // namespace skep::object
