// What `skep plan` says.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <string>
#include <string_view>

#include "record/histogram.hpp"
#include "run/plan.hpp"
#include "stream/ledger.hpp"

namespace skep::run {
namespace {

// Behind anything that its author said something of.
std::string with(std::string text, std::string_view about) {
  return about.empty() ? text : fmt::format("{}: {}", text, about);
}

std::string describe(const PlannedProgram& program) {
  const std::string_view when = program.is_only_called ? ", called from a prog array"
                                : program.loads        ? ""
                                                       : ", not loaded unless asked for";
  return with(fmt::format("SEC(\"{}\"), {}{}", program.section, program.type, when), program.about);
}

std::string describe(const PlannedExtern& item) {
  const std::string type = item.type.empty() ? "" : fmt::format(", {}", item.type);
  const std::string_view what = item.kind == "kconfig"    ? "value of the kernel's configuration"
                                : item.kind == "address"  ? "address of a kernel symbol"
                                : item.kind == "variable" ? "kernel variable"
                                                          : "kernel function";
  return fmt::format("{}{}{}", what, type, item.optional ? "; may be missing" : "");
}

std::string describe(const Parameter& parameter) {
  const std::string initial = parameter.initial.empty() ? "empty" : "default " + parameter.initial;
  const std::string unit = parameter.is_own_unit ? fmt::format(" ({})", parameter.unit) : "";
  return with(fmt::format("{}, {}{}", parameter.type, initial, unit), parameter.about);
}

std::string describe(const PlannedStream& stream) {
  std::string out = stream.type == MapType::ringbuf
                        ? fmt::format("{} KiB ring", stream.bytes / 1024)
                        : std::string("a perf buffer for each CPU");
  if (stream.is_per_cpu) out += " for each CPU, ordered within each";
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

std::string describe(const PlannedWhere::Part& part) {
  if (!part.why.empty()) return fmt::format("{}: in user space: {}", part.text, part.why);
  return fmt::format("{}: in the kernel, before the {}", part.text,
                     part.is_before_reserve ? "reserve" : "submit");
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

// One line for each thing: what it is, its name, and what there is to say.
class Lines {
 public:
  void about(const Plan& plan) {
    if (plan.about.empty()) return;
    fmt::format_to(std::back_inserter(text_), "{:<10} {}\n", "about", plan.about);
  }
  void programs(const Plan& plan) {
    for (const auto& program : plan.programs) add("program", program.name, describe(program));
    for (const auto& set : plan.alternatives) {
      add("one of", set.name,
          fmt::format("{}: the first that the kernel takes", fmt::join(set.programs, ", else ")));
    }
    for (const auto& item : plan.externs) add("extern", item.name, describe(item));
    for (const auto& parameter : plan.parameters) {
      add("parameter", parameter.option, describe(parameter));
    }
  }
  void rows(const Plan& plan) {
    for (const auto& stream : plan.streams) {
      add("stream", stream.map, describe(stream));
      for (const auto& record : stream.records) {
        add("  record", record.schema.name, with(describe(record), record.schema.about));
        columns(record.schema, record.stacks);
      }
    }
    for (const auto& table : plan.tables) {
      add("table", table.map, with(describe(table), table.about));
      columns(table.schema, table.stacks);
    }
    for (const auto& iterator : plan.iterators) {
      add("iterator", iterator.program, fmt::format("prints each {}", iterator.target));
    }
    if (plan.statistics) add("runs", "programs", "how often each ran, and for how long");
    if (plan.prints) add("prints", "bpf_printk", "lines of the kernel's trace pipe");
  }
  void where(const Plan& plan) {
    for (const auto& rows : plan.where) {
      for (const auto& part : rows.parts) add("where", rows.rows, describe(part));
      for (const auto& [function, why] : rows.exceptions) {
        add("where", rows.rows,
            fmt::format("what '{}' sends: in user space, or some of it: {}", function, why));
      }
    }
  }
  void left_out(const Plan& plan) {
    for (const auto& one : plan.left_out) {
      // In the notes; parameters; externs; no map of the program's.
      const bool is_said = one.is_missed || one.map.starts_with(".rodata") || one.map == ".kconfig";
      if (is_said || one.map == stream::own_section) continue;
      add("map", one.map, fmt::format("{}; not shown: {}", name_of(one.type), one.why));
    }
  }
  void notes(const Plan& plan) {
    for (const auto& note : plan.notes) add("note", "", note);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add(std::string_view what, std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(text_), "{:<10} {:<20} {}\n", what, name, text);
  }
  void columns(const record::Schema& schema, const RowStacks& row) {
    for (const auto& column : schema.columns) add("  column", column.name, describe(column));
    for (const auto& stack : row.stacks) add("  stack", stack.name, describe(stack, row));
  }

  std::string text_;
};

}  // namespace

std::string to_text(const Plan& plan) {
  Lines lines;
  lines.about(plan);
  lines.programs(plan);
  lines.rows(plan);
  lines.where(plan);
  lines.left_out(plan);
  lines.notes(plan);
  return lines.take();
}

}  // namespace skep::run
