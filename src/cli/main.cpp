#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/report.hpp"

int main(int argc, char** argv) {
  CLI::App app("skep: eBPF for C++, from source to running program", "skep");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  skep run execsnoop                 every process that starts, with its arguments\n"
      "  skep run opensnoop --failed -o json | jq .path\n"
      "  skep run my.bpf.c                  compile, load, attach and show a program of yours\n"
      "  skep plan my.bpf.o                 what `run` would do, without loading anything\n"
      "\n`skep COMMAND --help` tells more.");
  skep::cli::Action action;
  skep::cli::add_run(app, action);
  skep::cli::add_plan(app, action);
  skep::cli::add_tools(app, action);
  skep::cli::add_version(app, action);
  skep::cli::add_completion(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? skep::cli::exit_ok : skep::cli::exit_usage;
  }
  return action();
}
