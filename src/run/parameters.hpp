// run/parameters.hpp: the `const volatile` globals of a program, and those of .data, are its
// parameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/spec.hpp"

namespace skep::run {

struct Parameter {
  std::string name;                 // of the variable
  std::string option;               // "--name", underscores as dashes
  std::string type;                 // as C names it: "int", "char [16]"
  std::string initial;              // the default, as a user would type it
  std::string unit;                 // what its name says: "ns, or as in 10ms"; empty
  bool is_own_unit = false;         // a word of its author: "pages"
  std::string about;                // what its author says of it
  std::vector<std::string> values;  // of an enum: its names
  bool is_flag = false;             // a bool: the option stands alone
  bool is_live = false;             // not const: can be changed while the program runs
};

// In the order of the object's variables.
[[nodiscard]] std::vector<Parameter> find_parameters(const ObjectSpec& spec);

// Parses `text` by the variable's BTF type and name (record/value.hpp) and stores it. Errors:
// invalid_argument, saying what the type takes.
[[nodiscard]] Result<void> set_parameter(ObjectSpec& spec, const Parameter& parameter,
                                         std::string_view text);

// Takes "--name VALUE", "--name=VALUE" and, for flags, "--name" from `arguments` and applies them.
// Errors: invalid_argument for anything else, with the nearest option as a hint; `others` are those
// that may have been meant, too.
[[nodiscard]] Result<void> apply_arguments(ObjectSpec& spec,
                                           const std::vector<std::string>& arguments,
                                           const std::vector<std::string>& others = {});

}  // namespace skep::run
