#include "run/tools.hpp"

#include <algorithm>
#include <tuple>

#include "base/embedded.hpp"
#include "elf/elf.hpp"

namespace skep {
extern const EmbeddedFile tools_table[];
extern const std::size_t tools_count;
}  // namespace skep

namespace skep::run {
namespace {

// "process/execsnoop.bpf.o"
Tool tool_of(const EmbeddedFile& file) {
  const auto slash = file.name.find('/');
  auto name = file.name.substr(slash + 1);
  name = name.substr(0, name.find('.'));
  return {.name = name,
          .subject = file.name.substr(0, slash),
          .description = description_of(file.bytes()),
          .object = file.bytes()};
}

}  // namespace

// A section of its own, so that no loader minds.
std::string_view description_of(Bytes object) {
  const auto file = elf::parse(object);
  if (!file) return {};
  const auto* section = file->find("skep.description");
  if (section == nullptr) return {};
  return string_at(section->data, 0).value_or("");
}

std::vector<Tool> packaged_tools() {
  std::vector<Tool> out;
  out.reserve(tools_count);
  for (std::size_t i = 0; i < tools_count; ++i) out.push_back(tool_of(tools_table[i]));
  std::sort(out.begin(), out.end(), [](const Tool& a, const Tool& b) {
    return std::tie(a.subject, a.name) < std::tie(b.subject, b.name);
  });
  return out;
}

std::optional<Tool> find_tool(std::string_view name) {
  for (auto& tool : packaged_tools()) {
    if (tool.name == name) return tool;
  }
  return std::nullopt;
}

}  // namespace skep::run
