// cli/table_options.hpp: what maps and columns are shown as.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"
#include "run/session.hpp"

namespace CLI {
class App;
}

namespace skep::cli {

struct TableArguments {
  std::vector<std::string> shown, kinds;
  std::string every, sort;
  std::uint64_t top = 0;
  bool delta = false, rate = false, clear = false, per_cpu = false;
};

// Of `run`; and the part that `plan` has.
void add_table_options(CLI::App& command, TableArguments& arguments);
void add_kind_option(CLI::App& command, TableArguments& arguments);

void apply(const TableArguments& arguments, run::PlanOptions& options);
void apply(const TableArguments& arguments, run::SessionOptions& options);

// Nothing when it is one, else what is wrong: CLI11's own check prints the largest number there is.
std::string above_zero(const std::string& text);

}  // namespace skep::cli
