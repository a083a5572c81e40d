#include "run/plan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/commands.hpp"
#include "cli/compile_options.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"
#include "cli/table_options.hpp"
#include "object/link.hpp"
#include "run/choice.hpp"
#include "run/only.hpp"
#include "run/pushdown.hpp"
#include "run/relocations.hpp"
#include "run/target.hpp"

namespace skep::cli {
namespace {

struct Arguments {
  std::string name;
  std::string format = "text";
  bool relocations = false;
  std::vector<std::string> types, only;
  std::string where;
  TableArguments tables;
  run::SourceOptions source;
};

template <typename Plan>
int show(const Arguments& arguments, const Result<Plan>& plan, const ObjectSpec& spec) {
  if (!plan) return report(plan.error(), &spec);
  print(arguments.format == "json" ? to_json(*plan) : to_text(*plan));
  return exit_ok;
}

// What the kernel whose types were named cannot run, and what they do not tell of it.
void add_obstacles(const run::Source& source, run::Plan& plan) {
  const auto target = run::target_of_types(*source.kernel_types);
  for (std::size_t i = 0; i < source.spec.programs.size(); ++i) {
    const auto linked = object::link_program(source.spec, i, target);
    if (!linked) plan.notes.push_back("on that kernel: " + linked.error().message());
  }
  std::ranges::move(run::what_types_leave_open(source.spec), std::back_inserter(plan.notes));
}

int act(const Arguments& arguments) {
  auto source = open_with_progress(arguments.name, arguments.source);
  if (!source) return report(source.error());
  pass_on(source->diagnostics);
  if (const auto kept = run::keep_only(source->spec, arguments.only); !kept) {
    return report(kept.error(), &source->spec);
  }
  if (arguments.relocations) {
    return show(arguments, run::plan_relocations(*source), source->spec);
  }
  run::PlanOptions wanted{.locals = std::move(source->locals), .types = arguments.types};
  apply(arguments.tables, wanted);
  auto plan = run::make_plan(source->spec, wanted);
  if (plan) plan->about = source->description;
  if (plan && !arguments.where.empty()) {
    run::SessionOptions options;
    options.where = arguments.where;
    const auto fits = run::check_choice(*plan, options);
    if (!fits) return report(fits.error(), &source->spec);
    ObjectSpec spec = source->spec;
    plan->where = run::push_where(spec, *plan, options, false);
    std::ranges::move(run::notes_on_choice(*plan, options), std::back_inserter(plan->notes));
  }
  if (plan && source->is_other_kernel) add_obstacles(*source, *plan);
  return show(arguments, plan, source->spec);
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "plan", "Show what `run` would do with a program, without loading anything");
  command->add_option("NAME", arguments->name, "A tool, a .bpf.c source or a .bpf.o object")
      ->required()
      ->option_text(" ");
  command->add_option("-o,--output", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  command->add_flag("--relocations", arguments->relocations,
                    "Instead: what this kernel's types make of each CO-RE relocation");
  add_compile_options(*command, arguments->source);
  command
      ->add_option("--btf", arguments->source.types,
                   "Plan for the kernel with these types: a file, or a directory with RELEASE.btf")
      ->option_text("FILE|DIR");
  command->add_option("--type", arguments->types, types_help)
      ->allow_extra_args(false)
      ->option_text("MAP=TYPE");
  command->add_option("--only", arguments->only, only_help)
      ->allow_extra_args(false)
      ->option_text("PROGRAM");
  command->add_option("--where", arguments->where, "Show where this expression of `run` is tested")
      ->option_text("EXPRESSION");
  add_kind_option(*command, arguments->tables);
  command->footer(
      "Examples:\n  skep plan execsnoop\n  skep plan my.bpf.c -o json\n"
      "  skep plan execsnoop --relocations\n"
      "  skep plan opensnoop --where 'ret < 0'       what of it is tested in the kernel");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
