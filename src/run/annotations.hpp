// run/annotations.hpp: what an author says of an object by the macros of
// bpf/skep/annotations.bpf.h.
#pragma once

#include <string>
#include <vector>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// Programs of which the first that the kernel takes is attached.
struct Alternatives {
  std::string name;
  std::vector<std::string> programs;  // in the order of their ranks
};

// Whether each annotation says something where it stands. Errors: bad_input.
[[nodiscard]] Result<void> check_annotations(const ObjectSpec& spec);

// SKEP_ALTERNATIVE, by name; of programs that are to be loaded. One alone is none.
[[nodiscard]] std::vector<Alternatives> find_alternatives(const ObjectSpec& spec);

}  // namespace skep::run
