#include "run/columns.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "record/kind.hpp"

namespace skep::run {
namespace {

std::vector<record::Schema*> schemas_of(Plan& plan) {
  std::vector<record::Schema*> out;
  for (auto& stream : plan.streams) {
    for (auto& record : stream.records) out.push_back(&record.schema);
  }
  for (auto& table : plan.tables) {
    out.push_back(&table.schema);
    for (auto& inner : table.inner) out.push_back(&inner.schema);
  }
  return out;
}

Error no_such_column(std::string_view option, std::string_view name,
                     const std::vector<record::Schema*>& schemas) {
  std::vector<std::string> names;
  for (const auto* schema : schemas) {
    for (const auto& column : schema->columns) {
      if (std::ranges::find(names, column.name) == names.end()) names.push_back(column.name);
    }
  }
  Error error(ErrorKind::invalid_argument,
              fmt::format("{} {}: there is no such column", option, name));
  return std::move(error).hint(names.empty()
                                   ? std::string("The object has none.")
                                   : fmt::format("There are {}.", fmt::join(names, ", ")));
}

// Several tables may have a column of that name: it is enough that one of them can be shown so.
Result<void> set_kind(const std::vector<record::Schema*>& schemas, std::string_view name,
                      std::string_view kind, const Btf& types) {
  std::optional<Error> refused;
  bool any = false;
  for (auto* schema : schemas) {
    for (auto& column : schema->columns) {
      if (column.name != name) continue;
      auto set = record::set_kind(*schema, column, kind, types);
      any |= set.has_value();
      if (!set) refused = std::move(set).error();
    }
  }
  if (any) return {};
  if (!refused) return std::unexpected(no_such_column("--col", name, schemas));
  return add_context(*std::move(refused), "--col {}:{}", name, kind);
}

}  // namespace

Result<void> set_kinds(Plan& plan, const std::vector<std::string>& wanted, const Btf& types) {
  const auto schemas = schemas_of(plan);
  for (const std::string_view text : wanted) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0 || colon + 1 == text.size()) {
      return fail(ErrorKind::invalid_argument,
                  "--col '{}': it takes COLUMN:KIND, as in --col delta:duration_us", text);
    }
    SKEP_CHECK(set_kind(schemas, text.substr(0, colon), text.substr(colon + 1), types));
  }
  return {};
}

Result<void> set_order(Plan& plan, std::string_view wanted) {
  if (wanted.empty()) return {};
  const bool ascending = wanted.starts_with('+');
  const auto name = wanted.substr(ascending ? 1 : 0);
  bool any = false;
  std::vector<record::Schema*> schemas;
  for (auto& table : plan.tables) {
    schemas.push_back(&table.schema);
    const auto found = std::ranges::find(table.schema.columns, name, &record::Column::name);
    if (found == table.schema.columns.end()) continue;
    table.sort_by = static_cast<std::size_t>(found - table.schema.columns.begin());
    table.ascending = ascending;
    any = true;
  }
  if (!any) return std::unexpected(no_such_column("--sort", name, schemas));
  return {};
}

}  // namespace skep::run
