#include "cli/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "run/parameters.hpp"

namespace skep::cli {
namespace {

constexpr std::size_t most_names = 12;

std::string synopsis(const run::Parameter& parameter) {
  return parameter.option + (parameter.is_flag ? "" : " <" + parameter.type + ">");
}

std::string explanation(const run::Parameter& parameter) {
  std::vector<std::string> parts;
  if (!parameter.about.empty()) parts.push_back(parameter.about);
  if (!parameter.initial.empty()) parts.push_back("default: " + parameter.initial);
  if (!parameter.unit.empty()) parts.push_back(parameter.unit);
  if (!parameter.values.empty()) {
    auto names = parameter.values;
    if (names.size() > most_names) {
      names.resize(most_names);
      names.emplace_back("…");
    }
    parts.push_back(fmt::format("one of {}", fmt::join(names, ", ")));
  }
  if (parameter.is_live) parts.emplace_back("also while it runs: skep set");
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string describe_parameters(const ObjectSpec& spec) {
  const auto parameters = run::find_parameters(spec);
  if (parameters.empty()) return "It has no parameters.\n";
  std::size_t widest = 0;
  for (const auto& parameter : parameters) widest = std::max(widest, synopsis(parameter).size());
  std::string out;
  for (const auto& parameter : parameters) {
    out += fmt::format("  {:<{}}  {}\n", synopsis(parameter), widest, explanation(parameter));
  }
  return out;
}

}  // namespace skep::cli
