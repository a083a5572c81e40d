#include "run/plan.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "record/histogram.hpp"
#include "record/tags.hpp"
#include "run/attach.hpp"
#include "run/columns.hpp"
#include "run/early.hpp"
#include "run/iterators.hpp"
#include "run/left_out.hpp"
#include "run/only.hpp"
#include "run/printk.hpp"
#include "run/streams.hpp"
#include "run/tables.hpp"
#include "stream/outputs.hpp"

namespace skep::run {
namespace {

using Outputs = std::vector<stream::Output>;

std::vector<PlannedProgram> plan_programs(const ObjectSpec& spec) {
  const record::Tags tags(spec.types);
  std::vector<PlannedProgram> out;
  out.reserve(spec.programs.size());
  for (const auto& program : spec.programs) {
    const auto* said = tags.of(btf::Kind::func, program.name);
    out.push_back({.name = program.name,
                   .section = program.section,
                   .type = std::string(name_of(program.type)),
                   .hook = program.attach_to,
                   .loads = program.autoload,
                   .is_only_called = is_only_called(spec, program),
                   .about = std::string(said == nullptr ? "" : said->about)});
  }
  return out;
}

std::vector<PlannedExtern> plan_externs(const ObjectSpec& spec) {
  std::vector<PlannedExtern> out;
  out.reserve(spec.externs.size());
  for (const auto& item : spec.externs) {
    out.push_back({.name = item.name,
                   .kind = std::string(name_of(item.kind)),
                   .type = item.type == 0 ? "" : spec.types.c_name(item.type),
                   .optional = item.weak});
  }
  return out;
}

template <typename Planned>
bool has(const std::vector<Planned>& planned, const std::string& map) {
  return std::ranges::find(planned, map, &Planned::map) != planned.end();
}

// Of a name that no table has.
Error no_table(const ObjectSpec& spec, const Outputs& outputs,
               const std::vector<PlannedTable>& tables, const std::string& name) {
  const auto map = std::ranges::find(spec.maps, name, &MapSpec::name);
  if (map != spec.maps.end()) {
    return Error(ErrorKind::unsupported, fmt::format("--show {}: that map cannot be shown: {}",
                                                     name, why_no_table(spec, outputs, *map)));
  }
  const auto names = maps_of(tables);
  return Error(ErrorKind::not_found, fmt::format("--show {}: there is no such map to show", name))
      .hint(names.empty() ? "The object has none."
                          : fmt::format("It has {}.", fmt::join(names, ", ")));
}

// Where there are rows of another kind, the maps behind them are shown only if asked for.
Result<std::vector<PlannedTable>> choose_tables(const ObjectSpec& spec, const Outputs& outputs,
                                                const PlanOptions& options, bool has_rows) {
  SKEP_TRY(auto tables,
           find_tables(spec, [&](const MapSpec& map) { return may_be_table(spec, outputs, map); }));
  const auto& wanted = options.shown;
  const bool all = std::ranges::find(wanted, "all") != wanted.end();
  for (auto& table : tables) {
    const bool named = std::ranges::find(wanted, table.map) != wanted.end();
    table.shown = all || named || (wanted.empty() && !has_rows && !table.is_hidden);
  }
  for (const auto& name : wanted) {
    if (name == "all" || has(tables, name)) continue;
    return std::unexpected(no_table(spec, outputs, tables, name));
  }
  return tables;
}

}  // namespace

bool Plan::has_stacks() const noexcept {
  const auto has_any = [](const auto& row) { return row.stacks.any(); };
  return std::ranges::any_of(
             streams, [&](const auto& one) { return std::ranges::any_of(one.records, has_any); }) ||
         std::ranges::any_of(tables, [&](const auto& one) { return one.shown && has_any(one); });
}

Result<Plan> make_plan(const ObjectSpec& spec, const PlanOptions& options) {
  SKEP_CHECK(check_annotations(spec));
  Plan plan;
  const Outputs outputs = of_loaded(spec, stream::find_outputs(spec));
  plan.programs = plan_programs(spec);
  plan.alternatives = find_alternatives(spec);
  plan.externs = plan_externs(spec);
  plan.parameters = find_parameters(spec);
  SKEP_TRY(plan.streams, find_streams(spec, options, outputs));
  plan.notes = notes_on_streams(spec, plan.streams, outputs);
  std::ranges::move(notes_on_early(spec, plan.streams), std::back_inserter(plan.notes));
  const PrintedFormats formats(spec);
  plan.prints = formats.any();
  if (plan.prints && !formats.complete()) {
    plan.notes.emplace_back(
        "lines that other programs print with bpf_printk are shown too: a format of this one was "
        "not found");
  }
  plan.iterators = find_iterators(spec);
  SKEP_TRY(plan.tables,
           choose_tables(spec, outputs, options,
                         plan.prints || !plan.streams.empty() || !plan.iterators.empty()));
  plan.statistics = plan.streams.empty() && !plan.prints && plan.iterators.empty() &&
                    std::ranges::none_of(plan.tables, &PlannedTable::shown);
  SKEP_CHECK(set_kinds(plan, options.kinds, spec.types));
  for (auto& stream : plan.streams) {
    for (auto& record : stream.records) {
      record.stacks = find_stacks(spec, record.types, record.schema);
    }
  }
  SKEP_CHECK(find_forms(spec, plan.tables, options.per_cpu));
  SKEP_CHECK(set_order(plan, options.sort));
  plan.left_out = find_left_out(spec, outputs, plan);
  std::ranges::move(notes_on_cpus(plan.tables), std::back_inserter(plan.notes));
  std::ranges::move(notes_on_left_out(plan), std::back_inserter(plan.notes));
  return plan;
}

}  // namespace skep::run
