#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/embedded.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace skep {
extern const EmbeddedFile completion_table[];
}

namespace skep::cli {
namespace {

int act() {
  const auto script = completion_table[0].bytes();
  print(std::string_view(reinterpret_cast<const char*>(script.data()), script.size()));
  return exit_ok;
}

}  // namespace

void add_completion(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("completion", "Print the completion script for bash");
  command->footer("Example:\n  eval \"$(skep completion)\"");
  command->callback([&action] { action = act; });
}

}  // namespace skep::cli
