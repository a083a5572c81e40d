// run/tools.hpp: the packaged programs: tools/<subject>/<name>.bpf.c, compiled by the build and
// carried in the binary.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace skep::run {

struct Tool {
  std::string_view name;     // "execsnoop"
  std::string_view subject;  // "process"
  std::string_view description;
  Bytes object;
};

// All of them, by subject and name.
[[nodiscard]] std::vector<Tool> packaged_tools();
[[nodiscard]] std::optional<Tool> find_tool(std::string_view name);

// SKEP_DESCRIPTION("…") of bpf/skep/tool.bpf.h; empty where the object has none.
[[nodiscard]] std::string_view description_of(std::span<const std::byte> object);

}  // namespace skep::run
