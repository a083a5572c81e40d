#include "elf/demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace skep::elf {
namespace {

constexpr std::size_t longest = 4096;  // bytes of a mangled name; more is nobody's own

struct Free {
  void operator()(char* text) const noexcept { std::free(text); }
};

// Where the bracket that the last character closes was opened.
std::size_t opening_of_last(std::string_view text) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::string> demangle(std::string_view name) {
  if (!name.starts_with("_Z") || name.size() > longest) return std::nullopt;
  int status = 0;
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status));
  if (status != 0 || text == nullptr) return std::nullopt;
  return std::string(text.get());
}

std::string_view without_parameters(std::string_view demangled) noexcept {
  auto text = demangled;
  if (const auto clone = text.find(" [clone "); clone != std::string_view::npos) {
    text = text.substr(0, clone);
  }
  for (const std::string_view word : {" &&", " &", " volatile", " const"}) {
    if (text.ends_with(word)) text.remove_suffix(word.size());
  }
  if (!text.ends_with(')')) return demangled;
  const auto start = opening_of_last(text);
  return start == std::string_view::npos || start == 0 ? demangled : text.substr(0, start);
}

std::string_view only_name(std::string_view demangled) noexcept {
  const auto text = without_parameters(demangled);
  std::size_t depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    const char c = text[i];
    if (c == '>' || c == ')') ++depth;
    if ((c == '<' || c == '(') && depth > 0) --depth;
    if (c == ' ' && depth == 0) return text.substr(i + 1);
  }
  return text;
}

bool is_named(std::string_view demangled, std::string_view wanted) noexcept {
  return !wanted.empty() && (demangled == wanted || without_parameters(demangled) == wanted ||
                             only_name(demangled) == wanted);
}

}  // namespace skep::elf
