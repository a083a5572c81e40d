#include "tools/text.hpp"

#include <fmt/format.h>

#include <cctype>
#include <functional>
#include <stdexcept>

namespace skep::test {
namespace {

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

std::string repeat(std::string_view what) {
  const auto colon = what.find(':');
  if (colon == std::string_view::npos) throw std::runtime_error("${repeat:COUNT:TEXT}");
  const auto count = std::stoul(std::string(what.substr(0, colon)));
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += what.substr(colon + 1);
  return out;
}

// Calls `replace` with each name (without '$' and braces) and appends what it returns.
std::string walk(std::string_view text,
                 const std::function<std::string(std::string_view name)>& replace) {
  std::string out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
    } else if (text.starts_with('{')) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) throw std::runtime_error("'${' without '}'");
      out += replace(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    } else {
      std::size_t end = 0;
      while (end < text.size() && is_name(text[end])) ++end;
      out += replace(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
  return out;
}

}  // namespace

std::string expand(std::string_view text, const Names& names) {
  return walk(text, [&](std::string_view name) -> std::string {
    if (name.starts_with("repeat:")) return repeat(name.substr(7));
    const auto found = names.find(name);
    if (found == names.end()) throw std::runtime_error(fmt::format("nothing is named ${}", name));
    return found->second;
  });
}

bool mentions(std::string_view text, std::string_view name) {
  bool found = false;
  walk(text, [&](std::string_view other) {
    found = found || other == name;
    return std::string();
  });
  return found;
}

}  // namespace skep::test
