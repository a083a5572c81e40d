#include "run/plan.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "run/printk.hpp"
#include "run/streams.hpp"

namespace skep::run {
namespace {

std::vector<PlannedProgram> plan_programs(const ObjectSpec& spec) {
  std::vector<PlannedProgram> out;
  out.reserve(spec.programs.size());
  for (const auto& program : spec.programs) {
    out.push_back({.name = program.name,
                   .section = program.section,
                   .type = std::string(name_of(program.type)),
                   .hook = program.attach_to,
                   .loads = program.autoload});
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

// SKEP_SCRATCH of bpf/skep/stream.bpf.h: memory of the program, nothing to show.
bool is_scratch(const ObjectSpec& spec, const MapSpec& map) {
  return map.value_type != 0 &&
         spec.types.strip(map.value_type).name().starts_with("skep_scratch_");
}

// Local storage hangs on tasks, sockets and files: it has no keys to list.
bool is_local_storage(const MapSpec& map) {
  return map.type == MapType::task_storage || map.type == MapType::sk_storage ||
         map.type == MapType::inode_storage || map.type == MapType::cgrp_storage;
}

// What the loader tells USDT programs of their arguments.
bool is_usdt(const MapSpec& map) { return map.name.starts_with("__bpf_usdt_"); }

bool is_for_people(const ObjectSpec& spec, const MapSpec& map) {
  return !map.is_data() && map.type != MapType::ringbuf && !is_scratch(spec, map) &&
         !is_local_storage(map) && !is_usdt(map);
}

// Maps that a person would want to see and that have no display yet: said, never silent.
std::vector<std::string> notes_on_maps(const ObjectSpec& spec) {
  std::vector<std::string> out;
  for (const auto& map : spec.maps) {
    if (!is_for_people(spec, map)) continue;
    out.push_back(fmt::format("map '{}' ({}) is not shown while the program runs", map.name,
                              name_of(map.type)));
  }
  return out;
}

std::string describe(const PlannedStream& stream) {
  if (!stream.schema) {
    return "records of a type that nothing names: shown as hex";
  }
  return fmt::format("struct {}, {} bytes, by {}", stream.schema->name, stream.schema->size,
                     stream.found_by);
}

std::string describe(const record::Column& column) {
  std::string out(record::name_of(column.meaning));
  for (const auto& dimension : column.dimensions) {
    out += dimension.count == 0 ? "[]" : fmt::format("[{}]", dimension.count);
  }
  out += fmt::format(", {} byte{} at {}", column.size, column.size == 1 ? "" : "s", column.offset);
  if (column.bit_size == 0) return out;
  return out + fmt::format(", {} bits from bit {}", column.bit_size, column.bit_shift);
}

}  // namespace

Result<Plan> make_plan(const ObjectSpec& spec) {
  Plan plan;
  plan.programs = plan_programs(spec);
  plan.externs = plan_externs(spec);
  plan.parameters = find_parameters(spec);
  SKEP_TRY(plan.streams, find_streams(spec));
  plan.notes = notes_on_maps(spec);
  const PrintedFormats formats(spec);
  plan.prints = formats.any();
  if (plan.prints && !formats.complete()) {
    plan.notes.emplace_back(
        "lines that other programs print with bpf_printk are shown too: a format of this one was "
        "not found");
  }
  return plan;
}

std::string to_text(const Plan& plan) {
  std::string out;
  const auto line = [&out](std::string_view what, std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{:<10} {:<20} {}\n", what, name, text);
  };
  for (const auto& program : plan.programs) {
    line("program", program.name,
         fmt::format("SEC(\"{}\"), {}{}", program.section, program.type,
                     program.loads ? "" : ", not loaded unless asked for"));
  }
  for (const auto& item : plan.externs) line("extern", item.name, describe(item));
  for (const auto& parameter : plan.parameters) {
    line("parameter", parameter.option,
         fmt::format("{}, {}", parameter.type,
                     parameter.initial.empty() ? "empty" : "default " + parameter.initial));
  }
  for (const auto& stream : plan.streams) {
    line("stream", stream.map,
         fmt::format("{} KiB ring; {}{}", stream.bytes / 1024, describe(stream),
                     stream.has_ledger ? "; losses counted" : "; losses cannot be known"));
    if (!stream.schema) continue;
    for (const auto& column : stream.schema->columns) {
      line("  column", column.name, describe(column));
    }
  }
  if (plan.prints) line("prints", "bpf_printk", "lines of the kernel's trace pipe");
  for (const auto& note : plan.notes) line("note", "", note);
  return out;
}

std::string to_json(const Plan& plan) {
  nlohmann::ordered_json out;
  out["programs"] = nlohmann::ordered_json::array();
  for (const auto& program : plan.programs) {
    out["programs"].push_back({{"name", program.name},
                               {"section", program.section},
                               {"type", program.type},
                               {"hook", program.hook},
                               {"loads", program.loads}});
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
  }
  out["streams"] = nlohmann::ordered_json::array();
  for (const auto& stream : plan.streams) {
    nlohmann::ordered_json row = {{"map", stream.map},
                                  {"bytes", stream.bytes},
                                  {"losses_counted", stream.has_ledger},
                                  {"found_by", stream.found_by},
                                  {"record", nullptr}};
    if (stream.schema) {
      row["record"] = stream.schema->name;
      for (const auto& column : stream.schema->columns) {
        row["columns"].push_back({{"name", column.name},
                                  {"meaning", record::name_of(column.meaning)},
                                  {"offset", column.offset},
                                  {"size", column.size}});
      }
    }
    out["streams"].push_back(std::move(row));
  }
  out["prints"] = plan.prints;
  out["notes"] = plan.notes;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace skep::run
