// cli/row_options.hpp: the options of `skep run` about what rows are shown, how and where.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "run/session.hpp"

namespace skep::cli {

struct RowArguments {
  std::string format = "table";
  std::vector<std::string> columns;
  std::string where;
  bool no_header = false;
  bool timestamps = false;
  std::string output, rotation;
};

void add_row_options(CLI::App& command, RowArguments& arguments);

// Errors: invalid_argument for what does not go together.
[[nodiscard]] Result<void> apply(const RowArguments& arguments, run::SessionOptions& options);

}  // namespace skep::cli
