#include "cli/table_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>

namespace skep::cli {

void add_kind_option(CLI::App& command, TableArguments& arguments) {
  command
      .add_option(
          "--col", arguments.kinds,
          "What a column means: ip4, duration_us, errno … (repeat for more; docs/columns.md)")
      ->allow_extra_args(false)
      ->option_text("COLUMN:KIND");
}

std::string above_zero(const std::string& text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (is_number && value > 0) return {};
  return fmt::format("'{}': it takes a number above 0", text);
}

void add_table_options(CLI::App& command, TableArguments& arguments) {
  command
      .add_option("--show", arguments.shown,
                  "A map to show as a table, or all (repeat for more; default: all, unless there "
                  "are records)")
      ->allow_extra_args(false)
      ->option_text("MAP");
  command.add_option("--every", arguments.every, "Show tables so often, not only at the end")
      ->option_text("TIME");
  command
      .add_option("--sort", arguments.sort,
                  "Sort tables by a column, the largest first; +COLUMN: the smallest first")
      ->option_text("COLUMN");
  command.add_option("--top", arguments.top, "So many rows of each table")
      ->check(above_zero)
      ->option_text("ROWS");
  auto* delta = command.add_flag("--delta", arguments.delta,
                                 "Of tables, what was added since they were shown last");
  command.add_flag("--rate", arguments.rate, "The same, for each second")->excludes(delta);
  command.add_flag("--clear", arguments.clear, "Delete what a table has shown");
  command.add_flag("--per-cpu", arguments.per_cpu, "A row for each CPU, instead of their sum");
  add_kind_option(command, arguments);
}

void apply(const TableArguments& arguments, run::PlanOptions& options) {
  options.shown = arguments.shown;
  options.kinds = arguments.kinds;
  options.sort = arguments.sort;
  options.per_cpu = arguments.per_cpu;
}

void apply(const TableArguments& arguments, run::SessionOptions& options) {
  using Change = run::TableOptions::Change;
  if (arguments.delta) options.tables.change = Change::delta;
  if (arguments.rate) options.tables.change = Change::rate;
  if (arguments.top > 0) options.tables.top = arguments.top;
  options.tables.clear = arguments.clear;
}

}  // namespace skep::cli
