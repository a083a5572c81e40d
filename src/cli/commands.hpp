// cli/commands.hpp: one function a verb. Each adds its subcommand; what the user asked for is then
// done by the callback it returns.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace skep::cli {

// Of `run` and `plan`.
inline constexpr const char* types_help =
    "What the records of a ring or perf buffer are (repeat for more)";
inline constexpr const char* only_help =
    "Load this program alone; * and ? stand for more (repeat for more)";

// Returns the process's exit code.
using Action = std::function<int()>;

// `command`: what stands behind "--".
void add_run(CLI::App& app, Action& action, std::vector<std::string> command);
void add_set(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);
void add_new(CLI::App& app, Action& action);
void add_gen(CLI::App& app, Action& action);
void add_btf(CLI::App& app, Action& action);
void add_tools(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);

}  // namespace skep::cli
