// oracle/options.hpp: the command line that all recording programs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace oracle {

// OBJECT [--types FILE] [--module FILE] [--set VARIABLE=NUMBER]… [--max-entries MAP=NUMBER]…
// [--autoload PROGRAM=0|1]… [--autocreate MAP=0|1]… [--resize SECTION=BYTES]…
// [--target PROGRAM=FUNCTION]…
struct Options {
  std::string object;
  std::string module;  // a file: the BTF of the one module that is loaded, "skep_toy"
  std::string types;   // a file of raw BTF; empty: the running kernel's
  using Edit = std::pair<std::string, std::int64_t>;
  // Programs that hang on functions of another program; an empty one is what SEC names.
  std::vector<std::pair<std::string, std::string>> targets;
  std::vector<Edit> set, max_entries, autoload, autocreate, resize;
};

// Nothing, with the usage on stderr, when the command line is wrong.
[[nodiscard]] std::optional<Options> parse_options(int count, char** words);

}  // namespace oracle
