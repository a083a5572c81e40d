#include "gen/identifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace skep::gen {
namespace {

// Those of C++23 and the words that stand for operators, sorted.
constexpr std::array<std::string_view, 92> keywords = {
    "alignas",       "alignof",     "and",
    "and_eq",        "asm",         "auto",
    "bitand",        "bitor",       "bool",
    "break",         "case",        "catch",
    "char",          "char16_t",    "char32_t",
    "char8_t",       "class",       "co_await",
    "co_return",     "co_yield",    "compl",
    "concept",       "const",       "const_cast",
    "consteval",     "constexpr",   "constinit",
    "continue",      "decltype",    "default",
    "delete",        "do",          "double",
    "dynamic_cast",  "else",        "enum",
    "explicit",      "export",      "extern",
    "false",         "float",       "for",
    "friend",        "goto",        "if",
    "inline",        "int",         "long",
    "mutable",       "namespace",   "new",
    "noexcept",      "not",         "not_eq",
    "nullptr",       "operator",    "or",
    "or_eq",         "private",     "protected",
    "public",        "register",    "reinterpret_cast",
    "requires",      "return",      "short",
    "signed",        "sizeof",      "static",
    "static_assert", "static_cast", "struct",
    "switch",        "template",    "this",
    "thread_local",  "throw",       "true",
    "try",           "typedef",     "typeid",
    "typename",      "union",       "unsigned",
    "using",         "virtual",     "void",
    "volatile",      "wchar_t",     "while",
    "xor",           "xor_eq"};
static_assert(std::ranges::is_sorted(keywords));

bool may_stand(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string out(name);
  std::ranges::replace_if(out, [](char letter) { return !may_stand(letter); }, '_');
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out.insert(0, "_");
  if (std::ranges::binary_search(keywords, std::string_view(out))) out += '_';
  return out;
}

std::string Names::take(std::string_view name) {
  const std::string wanted = identifier(name);
  std::string out = wanted;
  for (int i = 2; !taken_.insert(out).second; ++i) out = fmt::format("{}_{}", wanted, i);
  return out;
}

}  // namespace skep::gen
