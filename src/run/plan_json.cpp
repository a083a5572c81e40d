// `skep plan -o json`.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "record/histogram.hpp"
#include "run/plan.hpp"

namespace skep::run {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const RowStacks& row) {
  auto out = Json::array();
  for (const auto& stack : row.stacks) {
    out.push_back({{"name", stack.name},
                   {"column", stack.field.column},
                   {"maps", stack.maps},
                   {"process", row.process ? row.process->column : ""},
                   {"found_by", stack.found_by}});
  }
  return out;
}

void say_about(Json& of, const std::string& about) {
  if (!about.empty()) of["about"] = about;
}

Json columns_of(const record::Schema& schema) {
  auto out = Json::array();
  for (const auto& column : schema.columns) {
    auto& one = out.emplace_back(Json{{"name", column.name},
                                      {"meaning", record::name_of(column.meaning)},
                                      {"offset", column.offset},
                                      {"size", column.size}});
    if (!column.unit.empty()) one["unit"] = column.unit;
    say_about(one, column.about);
  }
  return out;
}

Json to_json(const PlannedRecord& record) {
  Json out = {{"type", record.schema.name},
              {"bytes", record.schema.size},
              {"found_by", record.found_by},
              {"columns", columns_of(record.schema)},
              {"stacks", to_json(record.stacks)}};
  say_about(out, record.schema.about);
  return out;
}

Json to_json(const PlannedTable& table) {
  Json out = {{"map", table.map},
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

Json to_json(const PlannedStream& stream) {
  Json out = {{"map", stream.map},
              {"type", name_of(stream.type)},
              {"bytes", stream.bytes},
              {"per_cpu", stream.is_per_cpu},
              {"losses_counted", stream.has_ledger},
              {"records", Json::array()}};
  for (const auto& record : stream.records) out["records"].push_back(to_json(record));
  return out;
}

Json to_json(const PlannedWhere& rows) {
  Json out = {{"rows", rows.rows}, {"parts", Json::array()}};
  for (const auto& part : rows.parts) {
    out["parts"].push_back({{"text", part.text},
                            {"in_kernel", part.why.empty()},
                            {"before_reserve", part.why.empty() && part.is_before_reserve},
                            {"why", part.why}});
  }
  for (const auto& [function, why] : rows.exceptions) {
    out["exceptions"].push_back({{"function", function}, {"why", why}});
  }
  return out;
}

Json to_json(const PlannedProgram& program) {
  Json out = {{"name", program.name},
              {"section", program.section},
              {"type", program.type},
              {"hook", program.hook},
              {"loads", program.loads}};
  say_about(out, program.about);
  return out;
}

Json to_json(const Alternatives& set) { return {{"name", set.name}, {"programs", set.programs}}; }

Json to_json(const PlannedExtern& item) {
  return {
      {"name", item.name}, {"kind", item.kind}, {"type", item.type}, {"optional", item.optional}};
}

Json to_json(const Parameter& parameter) {
  Json out = {{"name", parameter.name},
              {"option", parameter.option},
              {"type", parameter.type},
              {"default", parameter.initial}};
  if (!parameter.unit.empty()) out["unit"] = parameter.unit;
  say_about(out, parameter.about);
  return out;
}

Json to_json(const PlannedIterator& iterator) {
  return {{"program", iterator.program}, {"target", iterator.target}};
}

Json to_json(const PlannedLeftOut& one) {
  return {{"map", one.map}, {"type", name_of(one.type)}, {"why", one.why}};
}

template <typename Planned>
Json list_of(const std::vector<Planned>& planned) {
  Json out = Json::array();
  for (const auto& one : planned) out.push_back(to_json(one));
  return out;
}

}  // namespace

std::string to_json(const Plan& plan) {
  Json out;
  say_about(out, plan.about);
  out["programs"] = list_of(plan.programs);
  if (!plan.alternatives.empty()) out["alternatives"] = list_of(plan.alternatives);
  out["externs"] = list_of(plan.externs);
  out["parameters"] = list_of(plan.parameters);
  out["streams"] = list_of(plan.streams);
  out["tables"] = list_of(plan.tables);
  out["iterators"] = list_of(plan.iterators);
  if (!plan.where.empty()) out["where"] = list_of(plan.where);
  out["left_out"] = list_of(plan.left_out);
  out["statistics"] = plan.statistics;
  out["prints"] = plan.prints;
  out["notes"] = plan.notes;
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace skep::run
