#include "run/relocations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "isa/print.hpp"
#include "kernel/target.hpp"
#include "object/core_path.hpp"
#include "run/target.hpp"

namespace skep::run {
namespace {

PlannedRelocation describe(const ObjectSpec& spec, const object::LinkedProgram& program,
                           const object::CoreOutcome& outcome) {
  const auto kind = static_cast<btf::CoreKind>(outcome.kind);
  return {.program = program.name,
          .function = spec.functions[outcome.function].name,
          .instruction = outcome.instruction,
          .kind = std::string(object::name_of(kind)),
          .local = outcome.local.text(),
          .target = outcome.target.text(),
          .value = outcome.value,
          .before = isa::print(outcome.before),
          .after = isa::print(outcome.after)};
}

std::string heading(const PlannedRelocation& relocation) {
  const bool is_subprogram = relocation.function != relocation.program;
  return fmt::format("{}:{} {}{}\n", relocation.program, relocation.instruction, relocation.kind,
                     is_subprogram ? fmt::format(", in {}()", relocation.function) : "");
}

// Of every program that the linker can link.
Result<RelocationPlan> plan_with(object::Linker& linker, const ObjectSpec& spec) {
  RelocationPlan plan;
  for (std::size_t i = 0; i < spec.programs.size(); ++i) {
    auto linked = linker.link(i);
    if (!linked && !spec.programs[i].autoload) {
      plan.notes.push_back(linked.error().message());
      continue;
    }
    if (!linked) return std::unexpected(std::move(linked).error());
    for (const auto& outcome : linked->core) {
      plan.relocations.push_back(describe(spec, *linked, outcome));
    }
  }
  return plan;
}

}  // namespace

Result<RelocationPlan> plan_relocations(const ObjectSpec& spec, const object::Target& target) {
  SKEP_TRY(auto linker, object::Linker::create(spec, target));
  return plan_with(linker, spec);
}

Result<RelocationPlan> plan_relocations(const Source& source) {
  if (source.is_other_kernel) {
    auto plan = plan_relocations(source.spec, target_of_types(*source.kernel_types));
    if (plan)
      std::ranges::move(what_types_leave_open(source.spec), std::back_inserter(plan->notes));
    return plan;
  }
  // Types, and the symbols without which an extern cannot be resolved; not the configuration.
  const auto all = object::needs_of(source.spec);
  const object::TargetNeeds needs{.types = all.types, .symbols = all.symbols};
  std::vector<std::string> notes;
  SKEP_TRY(auto host,
           kernel::read_target(kernel::real_syscalls(), needs, source.kernel_types, {}, notes));
  SKEP_TRY(auto linker, object::Linker::create(source.spec, host.target));
  if (const auto modules = linker.needs_modules(); modules.any()) {
    SKEP_CHECK(add_module_types(modules, host.target));
  }
  return plan_with(linker, source.spec);
}

std::string to_text(const RelocationPlan& plan) {
  std::string out;
  const auto line = [&out](std::string_view what, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "  {:<6} {}\n", what, text);
  };
  for (const auto& relocation : plan.relocations) {
    out += heading(relocation);
    line("local", relocation.local);
    line("kernel", relocation.target.empty() ? "has none" : relocation.target);
    line("before", relocation.before);
    line("after",
         relocation.value ? relocation.after : relocation.after + ": poisoned, not to be reached");
  }
  if (plan.relocations.empty()) out += "no CO-RE relocations\n";
  for (const auto& note : plan.notes) out += fmt::format("note: {}\n", note);
  return out;
}

std::string to_json(const RelocationPlan& plan) {
  nlohmann::ordered_json out;
  out["relocations"] = nlohmann::ordered_json::array();
  for (const auto& relocation : plan.relocations) {
    nlohmann::ordered_json row = {{"program", relocation.program},
                                  {"function", relocation.function},
                                  {"instruction", relocation.instruction},
                                  {"kind", relocation.kind},
                                  {"local", relocation.local},
                                  {"target", nullptr},
                                  {"value", nullptr},
                                  {"poisoned", !relocation.value},
                                  {"before", relocation.before},
                                  {"after", relocation.after}};
    if (!relocation.target.empty()) row["target"] = relocation.target;
    if (relocation.value) row["value"] = *relocation.value;
    out["relocations"].push_back(std::move(row));
  }
  out["notes"] = plan.notes;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace skep::run
