#include "object/missing_program.hpp"

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::object {

Error missing_program(const ObjectSpec& spec, std::string_view name) {
  Error error(ErrorKind::not_found, fmt::format("the object has no program '{}'", name));
  if (spec.programs.empty()) return std::move(error).hint("It has none.");
  std::vector<std::string> names;
  names.reserve(spec.programs.size());
  for (const auto& program : spec.programs) names.push_back(program.name);
  if (const auto near = nearest(name, names)) {
    return std::move(error).hint(fmt::format("Did you mean '{}'?", *near));
  }
  return std::move(error).hint(fmt::format("There are: {}.", enumerate(names)));
}

}  // namespace skep::object
