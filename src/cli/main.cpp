#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/tidy.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace {

int refuse_verb(const CLI::App& app, const std::string& verb) {
  skep::Error error(skep::ErrorKind::invalid_argument, fmt::format("there is no '{}'", verb));
  std::vector<std::string> names;
  for (const auto* known : app.get_subcommands({})) names.push_back(known->get_name());
  if (const auto near = skep::nearest(verb, names)) {
    error = std::move(error).hint(fmt::format("Did you mean `skep {}`?", *near));
  }
  return skep::cli::report(std::move(error).hint("`skep --help` shows what there is."));
}

// "--duration: 1 required TEXT missing" says it in CLI11's words.
std::string text_of(const CLI::ParseError& error) {
  std::string text = error.what();
  const auto colon = text.find(": 1 required ");
  if (colon == std::string::npos) return text;
  return text.substr(0, colon) + " needs a value";
}

// --help and --version are exceptions to CLI11, too.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return skep::cli::finish(app.exit(error));
  std::string command = "skep";
  for (const auto* chosen : app.get_subcommands()) command += " " + chosen->get_name();
  if (const auto unknown = app.remaining(); app.get_subcommands().empty() && !unknown.empty()) {
    return refuse_verb(app, unknown.front());
  }
  return skep::cli::report(skep::Error(skep::ErrorKind::invalid_argument, text_of(error))
                               .hint(fmt::format("`{} --help` shows the options.", command)));
}

using Add = void (*)(CLI::App&, skep::cli::Action&);
struct Verb {
  std::string_view name;
  Add add;
};
constexpr Verb verbs[] = {
    {"set", skep::cli::add_set},         {"plan", skep::cli::add_plan},
    {"new", skep::cli::add_new},         {"gen", skep::cli::add_gen},
    {"btf", skep::cli::add_btf},         {"tools", skep::cli::add_tools},
    {"version", skep::cli::add_version}, {"completion", skep::cli::add_completion}};

// `run … -- COMMAND ARGUMENTS`: what stands behind it is nobody's option.
std::vector<std::string> take_command(int& count, char** words) {
  if (count < 2 || std::string_view(words[1]) != "run") return {};
  for (int i = 2; i < count; ++i) {
    if (std::string_view(words[i]) != "--") continue;
    std::vector<std::string> out(words + i + 1, words + count);
    count = i;
    return out;
  }
  return {};
}

// The one that the command line begins with, or else all of them: to set up what is not asked for
// took 0.15 ms of the 3.4 until a tool is attached.
void add_verbs(CLI::App& app, skep::cli::Action& action, int& count, char** words) {
  const std::string_view first = count > 1 ? words[1] : "";
  const auto* const chosen = std::ranges::find(verbs, first, &Verb::name);
  if (chosen != std::end(verbs)) return chosen->add(app, action);
  skep::cli::add_run(app, action, take_command(count, words));
  if (first == "run") return;
  for (const auto& verb : verbs) verb.add(app, action);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("skep: eBPF for C++, from source to running program", "skep");
  app.require_subcommand(0, 1);
  app.footer(
      "Examples:\n"
      "  skep run execsnoop                 every process that starts, with its arguments\n"
      "  skep run opensnoop --failed -o json | jq .path\n"
      "  skep run my.bpf.c                  compile, load, attach and show a program of yours\n"
      "  skep plan my.bpf.o                 what `run` would do, without loading anything\n"
      "  skep new hello                     a project of both sides to begin with\n"
      "\n`skep COMMAND --help` tells more.");
  skep::cli::Action action;
  add_verbs(app, action, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  }
  if (action) {
    const int code = skep::cli::finish(action());
    skep::tidy_cache();  // nobody waits for rows any more
    return code;
  }
  std::fputs(app.help().c_str(), stderr);
  return skep::cli::exit_usage;
}
