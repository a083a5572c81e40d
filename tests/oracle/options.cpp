#include "oracle/options.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace oracle {
namespace {

std::optional<Options::Edit> parse_edit(const std::string& text) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos) return std::nullopt;
  const std::string number = text.substr(equals + 1);
  char* end = nullptr;
  const auto value = std::strtoll(number.c_str(), &end, 0);
  if (number.empty() || *end != '\0') return std::nullopt;
  return Options::Edit{text.substr(0, equals), value};
}

}  // namespace

std::optional<Options> parse_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (!word.starts_with("--")) {
      options.object = word;
      continue;
    }
    const std::string value = ++i < count ? words[i] : "";
    auto* edits = word == "--set"           ? &options.set
                  : word == "--max-entries" ? &options.max_entries
                  : word == "--autoload"    ? &options.autoload
                  : word == "--autocreate"  ? &options.autocreate
                  : word == "--resize"      ? &options.resize
                                            : nullptr;
    if (word == "--types") {
      options.types = value;
    } else if (word == "--target" && value.find('=') != std::string::npos) {
      const auto equals = value.find('=');
      options.targets.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else if (word == "--module") {
      options.module = value;
    } else if (const auto edit = parse_edit(value); edits != nullptr && edit) {
      edits->push_back(*edit);
    } else {
      fmt::print(stderr, "{}: what is {} {}?\n", words[0], word, value);
      return std::nullopt;
    }
  }
  if (!options.object.empty()) return options;
  fmt::print(stderr,
             "usage: {} OBJECT [--types FILE] [--set VARIABLE=NUMBER]… "
             "[--max-entries MAP=NUMBER]… [--autoload PROGRAM=0|1]… [--autocreate MAP=0|1]… "
             "[--resize SECTION=BYTES]… "
             "[--target PROGRAM=FUNCTION]…\n",
             words[0]);
  return std::nullopt;
}

}  // namespace oracle
