// record/json_scan.hpp: where a value ends in JSON that record/ wrote itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace skep::record {

// Bytes that the string at the beginning of `json` takes, with its quotes; all when it does not
// end.
[[nodiscard]] inline std::size_t end_of_json_string(std::string_view json) noexcept {
  for (std::size_t i = 1; i < json.size(); ++i) {
    if (json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      return i + 1;
    }
  }
  return json.size();
}

// The same for any value. One that is no string, array or object ends before a comma or a bracket.
[[nodiscard]] inline std::size_t end_of_json_value(std::string_view json) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (c == '"') {
      i += end_of_json_string(json.substr(i));
      if (depth == 0) return i;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return i;
    ++i;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return i;
  }
  return json.size();
}

}  // namespace skep::record
