#include "run/choice.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "record/operation.hpp"
#include "record/select.hpp"
#include "record/where.hpp"
#include "run/iterators.hpp"
#include "run/process_column.hpp"
#include "run/rows.hpp"
#include "run/statistics.hpp"

namespace skep::run {
namespace {

bool has_any(const record::Schema& schema, const std::vector<std::string>& names) {
  return std::ranges::any_of(
      names, [&](const std::string& name) { return !record::find_columns(schema, name).empty(); });
}

// "events: pid, comm; exits: pid, code"
std::string list_columns(const std::vector<record::Schema>& schemas) {
  std::vector<std::string> out;
  for (const auto& schema : schemas) {
    const auto names = record::names_of(schema);
    out.push_back(schemas.size() == 1 ? fmt::format("{}", fmt::join(names, ", "))
                                      : fmt::format("{}: {}", schema.name, fmt::join(names, ", ")));
  }
  return fmt::format("{}", fmt::join(out, "; "));
}

Result<void> check_column(const std::vector<record::Schema>& schemas, const std::string& name) {
  std::vector<std::string> all;
  for (const auto& schema : schemas) {
    if (!record::find_columns(schema, name).empty()) return {};
    std::ranges::move(record::names_of(schema), std::back_inserter(all));
  }
  auto error = Error(ErrorKind::invalid_argument, fmt::format("--columns {}: no row has it", name));
  if (all.empty()) return std::unexpected(std::move(error).hint("The program shows no rows."));
  return std::unexpected(std::move(error).hint(fmt::format(
      "Perhaps {}. There are {}.", record::nearest_column(name, all), list_columns(schemas))));
}

// A column that one kind of row has is enough: those of the others are passed over, none of them
// fits. Everything else that is wrong is wrong.
Result<void> check_where(const std::vector<record::Schema>& schemas, const std::string& text) {
  if (text.empty()) return {};
  SKEP_TRY(const auto tree, record::where::parse(text));
  std::optional<Error> unknown;
  bool fits_any = false;
  for (const auto& schema : schemas) {
    auto where = record::Where::compile(tree, schema);
    fits_any |= where.has_value();
    if (where) continue;
    if (where.error().kind() != ErrorKind::not_found) return std::unexpected(where.error());
    if (!unknown) unknown = std::move(where).error();
  }
  if (fits_any) return {};
  if (!unknown) return fail(ErrorKind::invalid_argument, "--where: the program shows no rows");
  Error error(ErrorKind::invalid_argument, unknown->message());
  for (const auto& hint : unknown->hints()) error = std::move(error).hint(hint);
  return std::unexpected(std::move(error));
}

bool is_unknown_to(const record::Schema& schema, const std::string& where) {
  const auto tree = record::where::parse(where);
  return tree && !record::Where::compile(*tree, schema);
}

// What is shown of a command that is not its own.
void add_notes_on_command(const Plan& plan, std::vector<std::string>& out) {
  for (const auto& planned : plan.streams) {
    const bool tells = std::ranges::all_of(planned.records, [](const PlannedRecord& record) {
      return find_process_column(record.schema).has_value();
    });
    if (tells && !planned.records.empty()) continue;
    out.push_back(
        fmt::format("records of {} do not say of which process they are: those of "
                    "others are shown, too",
                    planned.map));
  }
  if (std::ranges::any_of(plan.tables, &PlannedTable::shown)) {
    out.emplace_back("maps are shown as they are, whichever process it was");
  }
}

}  // namespace

std::vector<record::Schema> schemas_of_rows(const Plan& plan) {
  std::vector<record::Schema> out;
  for (const auto& stream : plan.streams) {
    for (const auto& record : stream.records) out.push_back(record.schema);
    if (stream.records.empty()) out.push_back(record::raw_schema(stream.map));
  }
  for (const auto& table : plan.tables) {
    if (!table.shown) continue;
    out.push_back(table.schema);
    out.back().name = table.map;
  }
  if (plan.prints) out.push_back(printed_schema());
  for (const auto& iterator : plan.iterators) out.push_back(iterator_schema(iterator));
  if (plan.statistics) out.push_back(statistics_schema());
  return out;
}

Result<void> check_choice(const Plan& plan, const SessionOptions& options) {
  if (options.format == Format::raw && (options.timestamps || !options.columns.empty())) {
    return fail(ErrorKind::invalid_argument,
                "-o raw: it writes records as they are: {} does not go with it",
                options.timestamps ? "--timestamps" : "--columns");
  }
  if (options.tables.clear && (options.tables.top || !options.where.empty())) {
    return fail(ErrorKind::invalid_argument,
                "--clear: what is not shown would be deleted, too: it does not go with {}",
                options.tables.top ? "--top" : "--where");
  }
  const auto schemas = schemas_of_rows(plan);
  for (const auto& name : options.columns) SKEP_CHECK(check_column(schemas, name));
  return check_where(schemas, options.where);
}

std::vector<std::string> notes_on_choice(const Plan& plan, const SessionOptions& options) {
  std::vector<std::string> out;
  for (const auto& schema : schemas_of_rows(plan)) {
    if (options.timestamps && !find_time(schema)) {
      out.push_back(fmt::format(
          "--timestamps: rows of '{}' do not say when they were: READ is when skep read them",
          schema.name));
    }
    if (!options.columns.empty() && !has_any(schema, options.columns)) {
      out.push_back(
          fmt::format("--columns: rows of '{}' have none of them: shown whole", schema.name));
    }
    if (!options.where.empty() && is_unknown_to(schema, options.where)) {
      out.push_back(fmt::format(
          "--where: rows of '{}' have not all columns of it: none of them is shown", schema.name));
    }
    if (options.format == Format::raw && record::is_open(schema)) {
      out.push_back(fmt::format(
          "-o raw: records of '{}' differ in length, and nothing in between says where they end",
          schema.name));
    }
  }
  if (!options.command.empty()) add_notes_on_command(plan, out);
  return out;
}

}  // namespace skep::run
