#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/compile_options.hpp"
#include "cli/report.hpp"
#include "gen/header.hpp"
#include "gen/identifier.hpp"

namespace skep::cli {
namespace {

struct Arguments {
  std::string object, output = "-", name;
  run::SourceOptions source;
};

// "/a/counter.bpf.c": counter.
std::string object_name(const std::string& path) {
  const auto file = std::filesystem::path(path).filename().native();
  return file.substr(0, file.find('.'));
}

// "a::b": each part as an identifier.
std::string namespace_name(std::string_view name) {
  const auto colons = name.find("::");
  if (colons == std::string_view::npos) return gen::identifier(name);
  return gen::identifier(name.substr(0, colons)) + "::" + namespace_name(name.substr(colons + 2));
}

Result<void> generate(const Arguments& arguments) {
  std::string diagnostics;
  SKEP_TRY(const auto bytes, run::read_object(arguments.object, arguments.source, diagnostics));
  pass_on(diagnostics);
  auto parsed = ObjectSpec::parse(bytes, object_name(arguments.object));
  if (!parsed) return add_context(std::move(parsed).error(), "{}", arguments.object);
  const auto& spec = *parsed;
  const auto name = namespace_name(arguments.name.empty() ? spec.name : arguments.name);
  SKEP_TRY(const auto text, gen::make_header(spec, bytes, name));
  if (arguments.output == "-") return write_all(STDOUT_FILENO, std::as_bytes(std::span(text)));
  SKEP_TRY(const auto fd, open_file(arguments.output, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  return write_all(fd.get(), std::as_bytes(std::span(text)));
}

int act(const Arguments& arguments) {
  const auto done = generate(arguments);
  return done ? exit_ok : report(done.error());
}

}  // namespace

void add_gen(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "gen", "Write a C++ header for an object: typed globals, maps, programs, events");
  command->add_option("OBJECT", arguments->object, "A .bpf.o object or a .bpf.c source")
      ->required()
      ->option_text(" ");
  command
      ->add_option("-o,--output", arguments->output,
                   "Where to write it (default: -, standard output)")
      ->option_text("FILE");
  command
      ->add_option("--namespace", arguments->name,
                   "The namespace of what is in it (default: the object's name)")
      ->option_text("NAME");
  add_compile_options(*command, arguments->source);
  command->footer(
      "Examples:\n  skep gen counter.bpf.o -o counter.skel.hpp\n"
      "  skep gen counter.bpf.o --namespace agent::counter | less");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
