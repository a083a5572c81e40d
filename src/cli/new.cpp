#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <ranges>

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "scaffold/scaffold.hpp"

namespace skep::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string folder, kind = "tracepoint";
};

// "../hello/" is a folder named hello.
Result<fs::path> absolute_folder(const std::string& text) {
  std::error_code error;
  auto path = fs::absolute(text, error).lexically_normal();
  if (error) return fail_errno(error.value(), "{}", text);
  return path.has_filename() ? path : path.parent_path();
}

void say_what_next(const Arguments& arguments, const scaffold::Kind& kind, const std::string& name,
                   const std::vector<scaffold::File>& files) {
  auto paths = files | std::views::transform([](const auto& file) { return file.path.native(); });
  print("{}: {}\n{}\n\n", arguments.folder, kind.purpose, fmt::join(paths, "  "));
  print("  cd {}\n  cmake -B build && cmake --build build\n  sudo build/{}{}\n\n", arguments.folder,
        name, kind.arguments);
  print("or, without the C++ side:\n\n  sudo skep run {}/{}.bpf.c{}\n", arguments.folder, name,
        kind.options);
}

Result<void> make(const Arguments& arguments) {
  const auto kinds = scaffold::kinds();
  const auto& kind = *std::ranges::find(kinds, arguments.kind, &scaffold::Kind::name);
  SKEP_TRY(const auto folder, absolute_folder(arguments.folder));
  const auto name = folder.filename().native();
  SKEP_CHECK(scaffold::check_name(name));
  const auto files = scaffold::make_files(name, kind);
  SKEP_CHECK(scaffold::write_files(folder, files));
  say_what_next(arguments, kind, name, files);
  return {};
}

int act(const Arguments& arguments) {
  const auto done = make(arguments);
  if (done) return exit_ok;
  const bool is_usage = done.error().kind() == ErrorKind::invalid_argument;
  report(done.error());
  return is_usage ? exit_usage : exit_failed;
}

std::string list_of_kinds() {
  std::string out = "Kinds:\n";
  for (const auto& kind : scaffold::kinds()) {
    out += fmt::format("  {:<11} {}\n", kind.name, kind.purpose);
  }
  return out;
}

}  // namespace

void add_new(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  auto* command =
      app.add_subcommand("new", "Write a project to begin with: both sides, CMake, clangd");
  command->add_option("NAME", arguments->folder, "A folder to make; its last part is the name")
      ->required()
      ->option_text(" ");
  std::vector<std::string> names;
  for (const auto& kind : scaffold::kinds()) names.emplace_back(kind.name);
  command->add_option("-k,--kind", arguments->kind, "What it begins as (default: tracepoint)")
      ->check(CLI::IsMember(names))
      ->option_text("KIND");
  command->footer(list_of_kinds() +
                  "\nExamples:\n"
                  "  skep new hello && cd hello && cmake -B build && cmake --build build\n"
                  "  skep new agents/port_count --kind xdp");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
