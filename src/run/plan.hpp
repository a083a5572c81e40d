// run/plan.hpp: what skep has inferred it must do with an object, before anything is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "btf/local_variable.hpp"
#include "record/schema.hpp"
#include "run/annotations.hpp"
#include "run/parameters.hpp"
#include "run/stack_columns.hpp"
#include "skep/spec.hpp"
#include "stream/record_type.hpp"

namespace skep::run {

struct PlannedProgram {
  std::string name;
  std::string section;
  std::string type;             // "tracepoint", "tracing"
  std::string hook;             // "tracepoint sched/sched_process_exec"; empty when SEC names none
  bool loads = true;            // false for SEC("?…")
  bool is_only_called = false;  // from a prog array
  std::string about;            // what its author says of it
};

// What the kernel must have, or may have.
struct PlannedExtern {
  std::string name;
  std::string kind;       // "kconfig", "address", "variable", "function"
  std::string type;       // as C names it; empty for an address
  bool optional = false;  // __weak: 0 where the kernel has none
};

// One kind of record of a stream.
struct PlannedRecord {
  record::Schema schema;
  std::optional<std::uint32_t> bytes;   // that it has; nothing: what no other kind has
  std::string found_by;                 // how the type was found, in words
  std::vector<std::string> others;      // types that would do as well
  std::vector<std::string> mixed = {};  // types of other records, which nothing tells from these
  std::optional<stream::RecordTag> tag = std::nullopt;  // what tells it from others of its size
  RowStacks stacks = {};
  Btf types = {};        // that its type is of
  btf::TypeId type = 0;  // as its author has it; 0: somebody else said what it is
};

// A ring or perf buffer whose records become rows.
struct PlannedStream {
  std::string map;
  MapType type = MapType::ringbuf;
  bool is_per_cpu = false;             // a ring for each CPU: no order between these
  std::uint32_t bytes = 0;             // size of each ring; 0: a perf buffer, skep chooses it
  std::vector<PlannedRecord> records;  // none: shown as hex
  bool has_ledger = false;             // losses are counted, by the object or by the kernel
};

// A program that prints when it is read.
struct PlannedIterator {
  std::string program;
  std::string target;  // "task", "bpf_map"
};

// Numbers of a table that count how often values of a size occurred.
struct PlannedHistogram {
  std::size_t column = 0;  // index into schema.columns: a list of counts, or one count
  record::Scale scale;
  std::string found_by;  // in words
};

// A map, or the global variables of a section, whose entries become rows.
struct PlannedTable {
  std::string map;
  MapType type = MapType::unspecified;
  record::Schema schema;           // of a key and its value as they lie in an entry
  std::uint32_t value_offset = 0;  // bytes from an entry's start to its value
  bool is_globals = false;
  std::uint32_t entries = 0;  // that it has room for
  std::string about;          // what its author says of it
  bool is_hidden = false;     // by its author: shown only if asked for
  std::vector<PlannedHistogram> histograms;
  bool slots_are_entries = false;  // of the histogram: each entry of the array is one
  bool by_cpu = false;  // a row a CPU: asked for, or what stands in the value cannot be added up
  bool omits_cpus = false;             // by_cpu, unasked: a CPU that wrote nothing has no row
  std::optional<std::size_t> sort_by;  // index into schema.columns
  bool ascending = false;
  bool shown = false;               // at the end, and each time
  std::vector<PlannedTable> inner;  // of a map of maps: what its values hold, at most one
  RowStacks stacks = {};
};

// Where `--where` is tested of one kind of rows: parts of which all must hold.
struct PlannedWhere {
  struct Part {
    std::string text;
    std::string why;                 // in user space; empty: in the kernel
    bool is_before_reserve = false;  // there: before room is taken in the ring; else before the
                                     // submit
  };
  // Records that are sent without being asked about, though others of the stream are.
  struct Exception {
    std::string function;  // that sends them
    std::string why;
  };
  std::string rows;  // the map that they come from, and their type where there are several
  std::vector<Part> parts;
  std::vector<Exception> exceptions;
};

// A map that no row is made of.
struct PlannedLeftOut {
  std::string map;
  MapType type = MapType::unspecified;
  std::string why;         // in words
  bool is_missed = false;  // a person might want to see it: said by `skep run`, too
};

// The maps' names.
template <typename Planned>
[[nodiscard]] std::vector<std::string> maps_of(const std::vector<Planned>& planned) {
  std::vector<std::string> out;
  out.reserve(planned.size());
  for (const auto& one : planned) out.push_back(one.map);
  return out;
}

struct Plan {
  std::string about;  // what its author says of the object
  std::vector<Alternatives> alternatives;
  std::vector<PlannedProgram> programs;
  std::vector<PlannedExtern> externs;
  std::vector<Parameter> parameters;
  std::vector<PlannedStream> streams;
  std::vector<PlannedTable> tables;
  std::vector<PlannedIterator> iterators;
  std::vector<PlannedLeftOut> left_out;
  bool statistics = false;          // nothing else is shown: how often programs ran
  std::vector<PlannedWhere> where;  // none without an expression; see run/pushdown.hpp
  bool prints = false;              // calls bpf_printk: the trace pipe is shown
  std::vector<std::string> notes;   // what is there and is not shown, one sentence each

  // Whether any row that is shown has a stack.
  [[nodiscard]] bool has_stacks() const noexcept;
};

// What helps to infer, and what the user knows better.
struct PlanOptions {
  btf::LocalVariables locals;      // of the object's functions, where they are known
  std::vector<std::string> types;  // "MAP=TYPE": what the records of a stream are
  std::vector<std::string> kinds;  // "COLUMN:KIND": see run/columns.hpp
  std::vector<std::string> shown;  // maps to show as tables; "all"; empty: as is fit
  std::string sort;                // "COLUMN", the largest first; "+COLUMN", the smallest
  bool per_cpu = false;            // a row a CPU
};

// Errors: bad_input when a stream's type cannot be laid out; invalid_argument and not_found for a
// type that was asked for and is not there.
[[nodiscard]] Result<Plan> make_plan(const ObjectSpec& spec, const PlanOptions& options = {});

// For people: a few aligned lines. For programs: one JSON object.
[[nodiscard]] std::string to_text(const Plan& plan);
[[nodiscard]] std::string to_json(const Plan& plan);

}  // namespace skep::run
