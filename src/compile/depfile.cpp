#include "compile/depfile.hpp"

namespace skep::compile {

std::vector<std::string> parse_depfile(std::string_view text) {
  // The target is ours ("-MT x"): it holds no colon.
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  text.remove_prefix(colon + 1);

  std::vector<std::string> out;
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && (next == ' ' || next == '#')) {
      name += next;
      ++i;
    } else if (c == '$' && next == '$') {
      name += '$';
      ++i;
    } else if (c == '\\' && next == '\n') {
      ++i;
    } else if (c == ' ' || c == '\n') {
      if (!name.empty()) out.push_back(std::move(name));
      name.clear();
    } else {
      name += c;
    }
  }
  if (!name.empty()) out.push_back(std::move(name));
  return out;
}

}  // namespace skep::compile
