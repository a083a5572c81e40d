// explain/verifier.hpp: a verifier log, turned into the cause at a source line.
#pragma once

#include <string_view>

#include "skep/explain.hpp"
#include "skep/spec.hpp"

namespace skep::explain {

using skep::Rejection;

// Reads the log of a failed load. `spec` is the object that was refused: kernels before 6.9 print
// a source line without file and number, which its line info supplies; nullptr when unknown.
// Never fails: what cannot be found stays empty.
[[nodiscard]] Rejection explain_rejection(std::string_view log, const ObjectSpec* spec = nullptr);

}  // namespace skep::explain
