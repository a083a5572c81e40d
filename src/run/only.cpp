#include "run/only.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::run {

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

}  // namespace skep::run
