#include "run/plan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "run/source.hpp"

namespace skep::cli {
namespace {

struct Arguments {
  std::string name;
  std::string format = "text";
  run::SourceOptions source;
};

int act(const Arguments& arguments) {
  auto source = run::open_source(arguments.name, arguments.source);
  if (!source) return report(source.error());
  if (!source->diagnostics.empty()) fmt::print(stderr, "{}", source->diagnostics);
  const auto plan = run::make_plan(source->spec);
  if (!plan) return report(plan.error(), &source->spec);
  fmt::print("{}", arguments.format == "json" ? to_json(*plan) : to_text(*plan));
  return exit_ok;
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
  command
      ->add_option("--cflags", arguments->source.flags, "A flag more for clang (repeat for more)")
      ->allow_extra_args(false)
      ->option_text("FLAG");
  command->footer("Examples:\n  skep plan execsnoop\n  skep plan my.bpf.c -o json");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
