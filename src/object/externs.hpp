// object/externs.hpp: names that an object expects the kernel to have.
#pragma once

#include "object/source.hpp"

namespace skep::object {

// Errors: unsupported for the first symbol that the object does not define, saying what it is: a
// kernel function, a kernel variable, a kernel configuration value, or nothing at all.
[[nodiscard]] Result<void> refuse_externs(const Source& source);

}  // namespace skep::object
