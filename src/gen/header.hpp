// gen/header.hpp: a C++ header for one object.
#pragma once

#include <span>
#include <string>

#include "skep/spec.hpp"

namespace skep::gen {

// The header: the types of the object's keys, values, records and globals, its bytes, and the
// classes Spec and Object over them, all in the namespace `name`. `bytes` are what `spec` was
// parsed from. Errors: bad_input for types that C++ has no form for.
[[nodiscard]] Result<std::string> make_header(const ObjectSpec& spec,
                                              std::span<const std::byte> bytes,
                                              const std::string& name);

}  // namespace skep::gen
