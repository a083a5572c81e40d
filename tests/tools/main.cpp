// tool_test SKEP TEST.yaml: plays the cases of a tool's test against the real kernel.
// Exit status 77: skipped, for want of privileges or of cgroup version 2.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "tools/case.hpp"
#include "tools/rows.hpp"
#include "tools/stage.hpp"
#include "tools/tool.hpp"
#include "tools/workload.hpp"

namespace skep::test {
namespace {

namespace fs = std::filesystem;

constexpr int skipped = 77;

void make_files(const YAML::Node& files, const fs::path& work) {
  for (const auto& entry : files) {
    const auto& what = entry.second;
    check_keys(what, {"copy", "text", "mode"});
    const auto path = work / entry.first.as<std::string>();
    fs::create_directories(path.parent_path());
    if (what["copy"]) {
      fs::copy_file(what["copy"].as<std::string>(), path);
    } else {
      std::ofstream(path) << what["text"].as<std::string>();
    }
    const auto mode = std::stoul(what["mode"].as<std::string>("0755"), nullptr, 8);
    fs::permissions(path, static_cast<fs::perms>(mode));
  }
}

void remember(const Step& step, const std::vector<Ended>& ended, Series& series) {
  if (step.name.empty()) return;
  for (const auto& [pid, status] : ended) {
    const bool by_signal = WIFSIGNALED(status);
    series["PID." + step.name].push_back(std::to_string(pid));
    series["CODE." + step.name].push_back(std::to_string(by_signal ? 0 : WEXITSTATUS(status)));
    series["SIGNAL." + step.name].push_back(std::to_string(by_signal ? WTERMSIG(status) : 0));
    series["CORE." + step.name].push_back(by_signal && WCOREDUMP(status) ? "true" : "false");
  }
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return std::move(out).str();
}

// The tool's own account has to say that nothing was lost on the way, or the rows prove nothing.
void check_account(const std::string& said, std::vector<std::string>& differences) {
  if (said.find(" 0 lost,") == std::string::npos || said.find("missed") != std::string::npos) {
    differences.push_back("the tool's account is not one of no loss: " + said);
  }
}

// The differences; nothing where there is no stage to play on.
std::optional<std::vector<std::string>> play_case(const Case& test, const std::string& skep,
                                                  const std::string& name) {
  const auto stage = Stage::make();
  if (!stage) return std::nullopt;
  make_files(test.files, stage->work());
  Names names = {{"CGROUP", std::to_string(stage->cgroup_id())},
                 {"WORK", stage->work().native()},
                 {"RUNNER", std::to_string(::getpid())}};

  std::optional<Waiting> waiting;
  for (const auto& step : test.workload) {
    if (test.early.empty() || step.name != test.early) continue;
    waiting.emplace(step, *stage, names);
    names["PID." + step.name] = std::to_string(waiting->pid());
  }
  if (!test.early.empty() && !waiting) throw std::runtime_error("no step is named " + test.early);

  std::vector<std::string> parameters;
  parameters.reserve(test.parameters.size());
  for (const auto& word : test.parameters) parameters.push_back(expand(word, names));
  const auto output = stage->work() / "rows";
  Tool tool(skep, name, parameters, output);
  Series series;
  for (const auto& step : test.workload) {
    const bool early = waiting && step.name == test.early;
    remember(step,
             early ? std::vector<Ended>(step.times, waiting->go()) : play(step, *stage, names),
             series);
  }
  tool.interrupt();
  auto out = compare_rows(test.expect, test.nothing_else, read_all(output), names, series);
  check_account(tool.said(), out);
  return out;
}

int play_all(const std::string& skep, const fs::path& file) {
  // tools/process/execsnoop.test.yaml tests `skep run execsnoop`.
  const auto name = file.stem().stem().native();
  int result = 0;
  for (const auto& test : read_cases(file.native())) {
    const auto begin = std::chrono::steady_clock::now();
    const auto differences = play_case(test, skep, name);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!differences) {
      fmt::print("skipped: no cgroup version 2 that this user may write to\n");
      return skipped;
    }
    fmt::print("{:<6} {:5.1f} s  {}\n", differences->empty() ? "ok" : "FAILED", took.count(),
               test.description);
    for (const auto& line : *differences) fmt::print("  {}\n", line);
    if (!differences->empty()) result = 1;
  }
  return result;
}

}  // namespace
}  // namespace skep::test

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "tool_test SKEP TEST.yaml\n");
    return 2;
  }
  if (::geteuid() != 0) {
    fmt::print("skipped: needs root\n");
    return skep::test::skipped;
  }
  try {
    return skep::test::play_all(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print("FAILED {}\n", error.what());
    return 1;
  }
}
