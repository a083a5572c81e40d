#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.hpp"
#include "base/file.hpp"
#include "btf/print.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"
#include "object/needs.hpp"
#include "run/target.hpp"

namespace skep::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  skep btf header -o vmlinux.h\n"
    "  skep btf minimize my.bpf.o --btf vmlinux-5.4.btf -o 5.4.0-150-generic.btf\n"
    "  skep run my.bpf.o --btf btfs/";

struct Arguments {
  std::vector<std::string> names;
  std::string types;
  std::string output;
  run::SourceOptions source;
};

Result<void> write_output(const std::string& path, Bytes bytes) {
  if (path != "-") {
    SKEP_TRY(const auto fd, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    auto written = write_all(fd.get(), bytes);
    if (!written) return add_context(std::move(written).error(), "{}", path);
    return written;
  }
  return write_all(STDOUT_FILENO, bytes);
}

Result<void> minimise(const Arguments& arguments) {
  if (arguments.output == "-" && ::isatty(STDOUT_FILENO) != 0) {
    return fail(ErrorKind::invalid_argument, "BTF is binary: it does not go to a terminal");
  }
  SKEP_TRY(const auto types, run::target_types(arguments.types));
  btf::Selection selection(types);
  for (const auto& name : arguments.names) {
    SKEP_TRY(const auto source, open_with_progress(name, arguments.source));
    pass_on(source.diagnostics);
    auto added = object::select_needs(source.spec, selection);
    if (!added) return add_context(std::move(added).error(), "{}", name);
  }
  const auto bytes = selection.build();
  SKEP_CHECK(write_output(arguments.output, bytes));
  say(fmt::format("{} bytes of BTF, of {}{}", bytes.size(), types.bytes().size(),
                  selection.keeps_ids() ? "; every type keeps its number, since somebody asks for "
                                          "numbers (a BTF hook, bpf_core_type_id_kernel)"
                                        : ""));
  return {};
}

// vmlinux.h, as `run` gives it to sources.
Result<void> print_header(const Arguments& arguments) {
  SKEP_TRY(const auto types, run::target_types(arguments.types));
  SKEP_TRY(const auto text, btf::print_header(types));
  return write_output(arguments.output, std::as_bytes(std::span(text)));
}

int finish(const Result<void>& done) { return done ? exit_ok : report(done.error()); }

void add_types_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--btf", arguments.types,
                  "The kernel's types: a file, or a directory with RELEASE.btf (default: the "
                  "running kernel's)")
      ->option_text("FILE|DIR");
}

void add_minimise(CLI::App& verb, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = verb.add_subcommand(
      "minimize", "Write the smallest BTF that programs need of a kernel's, for --btf");
  command
      ->add_option("NAME", arguments->names,
                   "Tools, .bpf.c sources or .bpf.o objects, any number of them")
      ->required()
      ->option_text(" ");
  add_types_option(*command, *arguments);
  command->add_option("-o,--output", arguments->output, "Where to write it; - is standard output")
      ->required()
      ->option_text("FILE");
  command->footer(examples);
  command->callback(
      [arguments, &action] { action = [arguments] { return finish(minimise(*arguments)); }; });
}

void add_header(CLI::App& verb, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  arguments->output = "-";
  auto* command = verb.add_subcommand("header", "Write a kernel's types as C: vmlinux.h");
  add_types_option(*command, *arguments);
  command
      ->add_option("-o,--output", arguments->output,
                   "Where to write it (default: -, standard output)")
      ->option_text("FILE");
  command->footer(examples);
  command->callback(
      [arguments, &action] { action = [arguments] { return finish(print_header(*arguments)); }; });
}

}  // namespace

void add_btf(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("btf", "Types of kernels: as C, and what programs need of them");
  verb->require_subcommand(1);
  add_minimise(*verb, action);
  add_header(*verb, action);
  verb->footer(examples);
}

}  // namespace skep::cli
