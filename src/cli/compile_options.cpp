#include "cli/compile_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace skep::cli {
namespace {

// As a shell takes it apart: at spaces that no quotes hold together. Nothing when a quote stays
// open.
std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool is_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_escape = c == '\\' && quote != '\'' && i + 1 < text.size();
    if (is_escape) {
      word += text[++i];
    } else if (quote != 0) {
      if (c != quote) word += c;
      if (c == quote) quote = 0;
      continue;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (is_word) out.push_back(std::move(word));
      word.clear();
      is_word = false;
      continue;
    } else {
      word += c;
    }
    is_word = true;
  }
  if (is_word) out.push_back(std::move(word));
  if (quote != 0) return std::nullopt;
  return out;
}

void add_flags(run::SourceOptions& source, const std::vector<std::string>& values) {
  for (const auto& value : values) {
    auto words = split_words(value);
    if (!words) throw CLI::ValidationError("--cflags", fmt::format("'{}': a quote is open", value));
    for (auto& word : *words) source.flags.push_back(std::move(word));
  }
}

void add_folders(run::SourceOptions& source, const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
      throw CLI::ValidationError("--include", fmt::format("'{}': there is no such folder", folder));
    }
    source.flags.push_back("-I" + folder);
  }
}

}  // namespace

void add_compile_options(CLI::App& command, run::SourceOptions& source) {
  command
      .add_option_function<std::vector<std::string>>(
          "--include",
          [&source](const std::vector<std::string>& folders) { add_folders(source, folders); },
          "A folder with headers of the source's (repeat for more)")
      ->allow_extra_args(false)
      ->option_text("DIR");
  command
      .add_option_function<std::vector<std::string>>(
          "--cflags",
          [&source](const std::vector<std::string>& flags) { add_flags(source, flags); },
          "Flags more for clang, as a shell would split them (repeat for more)")
      ->allow_extra_args(false)
      ->option_text("FLAGS");
}

}  // namespace skep::cli
