#include "run/tools.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace skep::cli {
namespace {

int act(const std::string& format) {
  const auto tools = run::packaged_tools();
  if (format == "json") {
    auto out = nlohmann::ordered_json::array();
    for (const auto& tool : tools) {
      out.push_back(
          {{"name", tool.name}, {"subject", tool.subject}, {"description", tool.description}});
    }
    print("{}\n", out.dump(2));
    return exit_ok;
  }
  for (const auto& tool : tools) {
    print("{:<14} {:<10} {}\n", tool.name, tool.subject, tool.description);
  }
  return exit_ok;
}

}  // namespace

void add_tools(CLI::App& app, Action& action) {
  auto format = std::make_shared<std::string>("text");
  auto* command = app.add_subcommand("tools", "List the tools that `skep run NAME` knows");
  command->add_option("-o,--output", *format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  command->footer("Example:\n  skep tools -o json | jq -r '.[].name'");
  command->callback([format, &action] { action = [format] { return act(*format); }; });
}

}  // namespace skep::cli
