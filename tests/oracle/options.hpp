// oracle/options.hpp: the command line that all recording programs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace oracle {

// OBJECT [--types FILE] [--set VARIABLE=NUMBER]… [--max-entries MAP=NUMBER]… [--autoload
// PROGRAM=0|1]…
struct Options {
  std::string object;
  std::string types;  // a file of raw BTF; empty: the running kernel's
  using Edit = std::pair<std::string, std::int64_t>;
  std::vector<Edit> set, max_entries, autoload;
};

// Nothing, with the usage on stderr, when the command line is wrong.
[[nodiscard]] std::optional<Options> parse_options(int count, char** words);

}  // namespace oracle
