#include "tools/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace skep::test {
namespace {

Step read_step(const YAML::Node& node) {
  check_keys(node, {"run", "shell", "open", "exit", "name", "times", "as"});
  Step step;
  for (const auto* kind : {"run", "shell", "open", "exit"}) {
    if (!node[kind]) continue;
    if (!step.kind.empty()) throw std::runtime_error("a step does one thing");
    step.kind = kind;
    step.what = node[kind];
  }
  if (step.kind.empty()) throw std::runtime_error("a step that does nothing");
  step.name = node["name"].as<std::string>("");
  step.times = node["times"].as<std::size_t>(1);
  step.user = node["as"].as<unsigned>(0);
  return step;
}

Case read_case(const YAML::Node& node) {
  check_keys(node,
             {"description", "parameters", "files", "early", "workload", "expect", "nothing_else"});
  Case out;
  out.description = node["description"].as<std::string>();
  for (const auto& word : node["parameters"]) out.parameters.push_back(word.as<std::string>());
  if (node["files"]) out.files = node["files"];
  out.early = node["early"].as<std::string>("");
  for (const auto& step : node["workload"]) out.workload.push_back(read_step(step));
  if (node["expect"]) out.expect = node["expect"];
  out.nothing_else = node["nothing_else"].as<bool>(false);
  if (out.workload.empty()) throw std::runtime_error("a case without a workload");
  // A case that would pass whatever the tool shows is no test.
  if (out.expect.size() == 0 && !out.nothing_else) {
    throw std::runtime_error("a case that expects nothing");
  }
  return out;
}

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> out;
  for (const auto& document : YAML::LoadAllFromFile(path)) {
    try {
      out.push_back(read_case(document));
    } catch (const std::exception& error) {
      throw std::runtime_error(
          fmt::format("{}, case at line {}: {}", path, document.Mark().line + 1, error.what()));
    }
  }
  if (out.empty()) throw std::runtime_error(path + " holds no case");
  return out;
}

std::vector<std::string> words_of(const YAML::Node& list, const Names& names) {
  std::vector<std::string> out;
  for (const auto& item : list) {
    if (!item.IsMap()) {
      out.push_back(expand(item.as<std::string>(), names));
      continue;
    }
    check_keys(item, {"repeat", "times"});
    Names with_index = names;
    for (std::size_t i = 0; i < item["times"].as<std::size_t>(); ++i) {
      with_index["I"] = std::to_string(i);
      out.push_back(expand(item["repeat"].as<std::string>(), with_index));
    }
  }
  return out;
}

void check_keys(const YAML::Node& map, std::initializer_list<std::string_view> keys) {
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw std::runtime_error(fmt::format("unknown key '{}'", key));
    }
  }
}

}  // namespace skep::test
