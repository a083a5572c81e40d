// btf/local_variable.hpp: what a function calls its own variables, and of which types they are. BTF
// does not say it; DWARF does (dwarf/local_variables.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// A struct or union in a function, or a pointer to one; or a number.
struct LocalVariable {
  std::string function;  // that stands in the object: an inlined one's are its caller's
  std::string name;
  bool is_pointer = false;
  bool is_number = false;  // an integer, an enumeration, an array of them
  TypeId type = 0;         // of the struct or number, in LocalVariables::types
  std::uint32_t size = 0;  // its bytes; of a flexible array at its end none
  bool is_open = false;    // it ends in a flexible array
};

struct LocalVariables {
  Btf types;  // pointers in them point to void
  std::vector<LocalVariable> variables;
};

}  // namespace skep::btf
