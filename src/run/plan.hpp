// run/plan.hpp: what skep has inferred it must do with an object, before anything is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/schema.hpp"
#include "run/parameters.hpp"
#include "skep/spec.hpp"

namespace skep::run {

struct PlannedProgram {
  std::string name;
  std::string section;
  std::string type;   // "tracepoint", "tracing"
  std::string hook;   // "tracepoint sched/sched_process_exec"; empty when SEC names none
  bool loads = true;  // false for SEC("?…")
};

// What the kernel must have, or may have.
struct PlannedExtern {
  std::string name;
  std::string kind;       // "kconfig", "address", "variable", "function"
  std::string type;       // as C names it; empty for an address
  bool optional = false;  // __weak: 0 where the kernel has none
};

// A ring buffer whose records become rows.
struct PlannedStream {
  std::string map;
  std::uint32_t bytes = 0;               // size of the ring
  std::optional<record::Schema> schema;  // nothing: records are shown as hex
  std::string found_by;                  // how the record's type was found, in words
  bool has_ledger = false;               // losses are counted in the kernel
};

struct Plan {
  std::vector<PlannedProgram> programs;
  std::vector<PlannedExtern> externs;
  std::vector<Parameter> parameters;
  std::vector<PlannedStream> streams;
  bool prints = false;             // calls bpf_printk: the trace pipe is shown
  std::vector<std::string> notes;  // what is there and is not shown, one sentence each
};

// Errors: bad_input when a stream's type cannot be laid out.
[[nodiscard]] Result<Plan> make_plan(const ObjectSpec& spec);

// For people: a few aligned lines. For programs: one JSON object.
[[nodiscard]] std::string to_text(const Plan& plan);
[[nodiscard]] std::string to_json(const Plan& plan);

}  // namespace skep::run
