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
#include "run/iterators.hpp"
#include "run/left_out.hpp"
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

std::string describe(const PlannedExtern& item) {
  const std::string type = item.type.empty() ? "" : fmt::format(", {}", item.type);
  const std::string_view what = item.kind == "kconfig"    ? "value of the kernel's configuration"
                                : item.kind == "address"  ? "address of a kernel symbol"
                                : item.kind == "variable" ? "kernel variable"
                                                          : "kernel function";
  return fmt::format("{}{}{}", what, type, item.optional ? "; may be missing" : "");
}

template <typename Planned>
bool has(const std::vector<Planned>& planned, const std::string& map) {
  return std::ranges::find(planned, map, &Planned::map) != planned.end();
}

// Where there are rows of another kind, the maps behind them are shown only if asked for.
Result<std::vector<PlannedTable>> choose_tables(const ObjectSpec& spec, const Outputs& outputs,
                                                const PlanOptions& options, bool has_rows) {
  SKEP_TRY(auto tables, find_tables(spec));
  std::erase_if(tables, [&](const PlannedTable& table) {
    const auto map = std::ranges::find(spec.maps, table.map, &MapSpec::name);
    return !may_be_table(spec, outputs, *map);
  });
  const auto& wanted = options.shown;
  const bool all = std::ranges::find(wanted, "all") != wanted.end();
  for (auto& table : tables) {
    const bool named = std::ranges::find(wanted, table.map) != wanted.end();
    table.shown = all || named || (wanted.empty() && !has_rows && !table.is_hidden);
  }
  for (const auto& name : wanted) {
    if (name == "all" || has(tables, name)) continue;
    const auto names = maps_of(tables);
    return std::unexpected(
        Error(ErrorKind::not_found, fmt::format("--show {}: there is no such map to show", name))
            .hint(names.empty() ? "The object has none."
                                : fmt::format("It has {}.", fmt::join(names, ", "))));
  }
  return tables;
}

// Behind anything that its author said something of.
std::string with(std::string text, std::string_view about) {
  return about.empty() ? text : fmt::format("{}: {}", text, about);
}

std::string describe(const PlannedStream& stream) {
  std::string out = stream.type == MapType::ringbuf
                        ? fmt::format("{} KiB ring", stream.bytes / 1024)
                        : std::string("a perf buffer for each CPU");
  if (stream.records.empty()) out += "; records of a type that nothing names: shown as hex";
  return out + (stream.has_ledger ? "; losses counted" : "; losses cannot be known");
}

std::string describe(const PlannedRecord& record) {
  return fmt::format("{} bytes, by {}", record.schema.size, record.found_by);
}

std::string describe(const PlannedTable& table) {
  std::string out(table.is_globals ? "global variables" : name_of(table.type));
  if (table.by_cpu) out += ", a row a CPU";
  for (const auto& histogram : table.histograms) {
    out += fmt::format("; a histogram {}, by {}", record::describe(histogram.scale),
                       histogram.found_by);
  }
  return out + (table.shown ? "; shown at the end" : "; shown if asked for");
}

nlohmann::ordered_json to_json(const RowStacks& row) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& stack : row.stacks) {
    out.push_back({{"name", stack.name},
                   {"column", stack.field.column},
                   {"maps", stack.maps},
                   {"process", row.process ? row.process->column : ""},
                   {"found_by", stack.found_by}});
  }
  return out;
}

std::string describe(const record::Column& column) {
  std::string out(record::name_of(column.meaning));
  for (const auto& dimension : column.dimensions) {
    out += dimension.count == 0 ? "[]" : fmt::format("[{}]", dimension.count);
  }
  if (!column.unit.empty()) out += fmt::format(" ({})", column.unit);
  out += fmt::format(", {} byte{} at {}", column.size, column.size == 1 ? "" : "s", column.offset);
  if (column.bit_size != 0) {
    out += fmt::format(", {} bits from bit {}", column.bit_size, column.bit_shift);
  }
  return with(std::move(out), column.about);
}

void say_about(nlohmann::ordered_json& of, const std::string& about) {
  if (!about.empty()) of["about"] = about;
}

nlohmann::ordered_json columns_of(const record::Schema& schema) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& column : schema.columns) {
    auto& one =
        out.emplace_back(nlohmann::ordered_json{{"name", column.name},
                                                {"meaning", record::name_of(column.meaning)},
                                                {"offset", column.offset},
                                                {"size", column.size}});
    if (!column.unit.empty()) one["unit"] = column.unit;
    say_about(one, column.about);
  }
  return out;
}

nlohmann::ordered_json to_json(const PlannedRecord& record) {
  nlohmann::ordered_json out = {{"type", record.schema.name},
                                {"bytes", record.schema.size},
                                {"found_by", record.found_by},
                                {"columns", columns_of(record.schema)},
                                {"stacks", to_json(record.stacks)}};
  say_about(out, record.schema.about);
  return out;
}

nlohmann::ordered_json to_json(const PlannedTable& table) {
  nlohmann::ordered_json out = {{"map", table.map},
                                {"type", name_of(table.type)},
                                {"globals", table.is_globals},
                                {"shown", table.shown},
                                {"columns", columns_of(table.schema)},
                                {"stacks", to_json(table.stacks)}};
  for (const auto& histogram : table.histograms) {
    out["histograms"].push_back({{"column", table.schema.columns[histogram.column].name},
                                 {"scale", record::describe(histogram.scale)},
                                 {"found_by", histogram.found_by}});
  }
  say_about(out, table.about);
  return out;
}

nlohmann::ordered_json to_json(const PlannedStream& stream) {
  nlohmann::ordered_json out = {{"map", stream.map},
                                {"type", name_of(stream.type)},
                                {"bytes", stream.bytes},
                                {"losses_counted", stream.has_ledger},
                                {"records", nlohmann::ordered_json::array()}};
  for (const auto& record : stream.records) out["records"].push_back(to_json(record));
  return out;
}

nlohmann::ordered_json to_json(const PlannedWhere& rows) {
  nlohmann::ordered_json out = {{"rows", rows.rows}, {"parts", nlohmann::ordered_json::array()}};
  for (const auto& part : rows.parts) {
    out["parts"].push_back(
        {{"text", part.text}, {"in_kernel", part.why.empty()}, {"why", part.why}});
  }
  return out;
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
  const Outputs outputs = stream::find_outputs(spec);
  plan.programs = plan_programs(spec);
  plan.alternatives = find_alternatives(spec);
  plan.externs = plan_externs(spec);
  plan.parameters = find_parameters(spec);
  SKEP_TRY(plan.streams, find_streams(spec, options, outputs));
  plan.notes = notes_on_streams(plan.streams);
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
    for (auto& record : stream.records) record.stacks = find_stacks(spec, record.schema);
  }
  SKEP_CHECK(find_forms(spec, plan.tables, options.per_cpu));
  SKEP_CHECK(set_order(plan, options.sort));
  plan.left_out = find_left_out(spec, outputs, plan);
  std::ranges::move(notes_on_left_out(plan), std::back_inserter(plan.notes));
  return plan;
}

std::string to_text(const Plan& plan) {
  std::string out;
  const auto line = [&out](std::string_view what, std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{:<10} {:<20} {}\n", what, name, text);
  };
  if (!plan.about.empty())
    fmt::format_to(std::back_inserter(out), "{:<10} {}\n", "about", plan.about);
  for (const auto& program : plan.programs) {
    line("program", program.name,
         with(fmt::format("SEC(\"{}\"), {}{}", program.section, program.type,
                          program.is_only_called ? ", called from a prog array"
                          : program.loads        ? ""
                                                 : ", not loaded unless asked for"),
              program.about));
  }
  for (const auto& set : plan.alternatives) {
    line("one of", set.name,
         fmt::format("{}: the first that the kernel takes", fmt::join(set.programs, ", else ")));
  }
  for (const auto& item : plan.externs) line("extern", item.name, describe(item));
  for (const auto& parameter : plan.parameters) {
    line("parameter", parameter.option,
         with(fmt::format("{}, {}", parameter.type,
                          parameter.initial.empty() ? "empty" : "default " + parameter.initial) +
                  (parameter.is_own_unit ? fmt::format(" ({})", parameter.unit) : ""),
              parameter.about));
  }
  const auto stack_lines = [&line](const RowStacks& row) {
    for (const auto& stack : row.stacks) line("  stack", stack.name, describe(stack, row));
  };
  for (const auto& stream : plan.streams) {
    line("stream", stream.map, describe(stream));
    for (const auto& record : stream.records) {
      line("  record", record.schema.name, with(describe(record), record.schema.about));
      for (const auto& column : record.schema.columns) {
        line("  column", column.name, describe(column));
      }
      stack_lines(record.stacks);
    }
  }
  for (const auto& table : plan.tables) {
    line("table", table.map, with(describe(table), table.about));
    for (const auto& column : table.schema.columns) {
      line("  column", column.name, describe(column));
    }
    stack_lines(table.stacks);
  }
  for (const auto& iterator : plan.iterators) {
    line("iterator", iterator.program, fmt::format("prints each {}", iterator.target));
  }
  if (plan.statistics) line("runs", "programs", "how often each ran, and for how long");
  if (plan.prints) line("prints", "bpf_printk", "lines of the kernel's trace pipe");
  for (const auto& rows : plan.where) {
    for (const auto& part : rows.parts) {
      const auto place = part.why.empty() ? "in the kernel" : "in user space: " + part.why;
      line("where", rows.rows, fmt::format("{}: {}", part.text, place));
    }
  }
  for (const auto& one : plan.left_out) {
    // In the notes; parameters; externs.
    if (one.is_missed || one.map.starts_with(".rodata") || one.map == ".kconfig") continue;
    line("map", one.map, fmt::format("{}; not shown: {}", name_of(one.type), one.why));
  }
  for (const auto& note : plan.notes) line("note", "", note);
  return out;
}

std::string to_json(const Plan& plan) {
  nlohmann::ordered_json out;
  say_about(out, plan.about);
  out["programs"] = nlohmann::ordered_json::array();
  for (const auto& program : plan.programs) {
    out["programs"].push_back({{"name", program.name},
                               {"section", program.section},
                               {"type", program.type},
                               {"hook", program.hook},
                               {"loads", program.loads}});
    say_about(out["programs"].back(), program.about);
  }
  for (const auto& set : plan.alternatives) {
    out["alternatives"].push_back({{"name", set.name}, {"programs", set.programs}});
  }
  out["externs"] = nlohmann::ordered_json::array();
  for (const auto& item : plan.externs) {
    out["externs"].push_back({{"name", item.name},
                              {"kind", item.kind},
                              {"type", item.type},
                              {"optional", item.optional}});
  }
  out["parameters"] = nlohmann::ordered_json::array();
  for (const auto& parameter : plan.parameters) {
    out["parameters"].push_back({{"name", parameter.name},
                                 {"option", parameter.option},
                                 {"type", parameter.type},
                                 {"default", parameter.initial}});
    if (!parameter.unit.empty()) out["parameters"].back()["unit"] = parameter.unit;
    say_about(out["parameters"].back(), parameter.about);
  }
  out["streams"] = nlohmann::ordered_json::array();
  for (const auto& stream : plan.streams) {
    out["streams"].push_back(to_json(stream));
  }
  out["tables"] = nlohmann::ordered_json::array();
  for (const auto& table : plan.tables) out["tables"].push_back(to_json(table));
  out["iterators"] = nlohmann::ordered_json::array();
  for (const auto& iterator : plan.iterators) {
    out["iterators"].push_back({{"program", iterator.program}, {"target", iterator.target}});
  }
  if (!plan.where.empty()) out["where"] = nlohmann::ordered_json::array();
  for (const auto& rows : plan.where) out["where"].push_back(to_json(rows));
  out["left_out"] = nlohmann::ordered_json::array();
  for (const auto& one : plan.left_out) {
    out["left_out"].push_back({{"map", one.map}, {"type", name_of(one.type)}, {"why", one.why}});
  }
  out["statistics"] = plan.statistics;
  out["prints"] = plan.prints;
  out["notes"] = plan.notes;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace skep::run
