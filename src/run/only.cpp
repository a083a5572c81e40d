#include "run/only.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::run {
namespace {

// The functions that may run: of programs that are loaded, what they call, and what they hand to
// the kernel to be called.
std::set<std::uint32_t> find_running(const ObjectSpec& spec) {
  std::set<std::uint32_t> out;
  std::vector<std::uint32_t> open;
  for (const auto& program : spec.programs) {
    if (program.autoload) open.push_back(program.function);
  }
  while (!open.empty()) {
    const std::uint32_t function = open.back();
    open.pop_back();
    if (function >= spec.functions.size() || !out.insert(function).second) continue;
    for (const auto& one : spec.functions[function].relocations) {
      const bool is_function =
          one.kind == Relocation::Kind::call || one.kind == Relocation::Kind::function;
      if (is_function) open.push_back(one.target);
    }
  }
  return out;
}

}  // namespace

Result<void> keep_only(ObjectSpec& spec, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return {};
  for (auto& program : spec.programs) program.autoload = false;
  for (const auto& pattern : patterns) {
    bool any = false;
    std::vector<std::string> names;
    for (auto& program : spec.programs) {
      names.push_back(program.name);
      if (::fnmatch(pattern.c_str(), program.name.c_str(), 0) != 0) continue;
      program.autoload = any = true;
    }
    if (any) continue;
    Error error(ErrorKind::not_found,
                fmt::format("--only '{}': there is no such program", pattern));
    if (names.empty()) return std::unexpected(std::move(error));
    return std::unexpected(
        std::move(error).hint(fmt::format("Its programs are {}.", enumerate(names))));
  }
  return {};
}

std::vector<stream::Output> of_loaded(const ObjectSpec& spec, std::vector<stream::Output> outputs) {
  const auto running = find_running(spec);
  if (running.empty()) return outputs;
  std::erase_if(outputs, [&](const stream::Output& output) {
    const bool is_on_stack = output.place == stream::Output::Place::stack;
    return !running.contains(output.function) || (is_on_stack && !running.contains(output.frame));
  });
  return outputs;
}

}  // namespace skep::run
