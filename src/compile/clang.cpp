// Which clang there is.
#include <dirent.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "compile/compile.hpp"
#include "compile/process.hpp"

namespace skep::compile {
namespace {

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Absolute folders only: a relative one (or an empty one, which means here) would run whatever
// lies in the current folder, perhaps as root.
std::vector<std::string> search_path() {
  std::vector<std::string> out;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto folder = rest.substr(0, colon);
    if (folder.starts_with('/')) out.emplace_back(folder);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return out;
}

bool is_executable(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// The highest NN of clang-NN; the first on PATH among equals.
std::optional<Compiler> find_numbered(const std::vector<std::string>& folders) {
  std::optional<Compiler> best;
  for (const auto& folder : folders) {
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
    if (!dir) continue;
    while (const dirent* entry = ::readdir(dir.get())) {
      const std::string_view name = entry->d_name;
      if (!name.starts_with("clang-")) continue;
      const auto major = parse_number(name.substr(6));
      if (!major || (best && *major <= best->major)) continue;
      const auto path = std::filesystem::path(folder) / name;
      if (is_executable(path)) best = Compiler{path, *major};
    }
  }
  return best;
}

// "Debian clang version 14.0.6" says 14; 0 when it does not say.
int ask_version(const std::filesystem::path& path) {
  const auto said = run_command({path.native(), "--version"});
  if (!said) return 0;
  const std::string_view text(reinterpret_cast<const char*>(said->output.data()),
                              said->output.size());
  constexpr std::string_view word = "version ";
  const auto at = text.find(word);
  if (at == std::string_view::npos) return 0;
  const auto number = text.substr(at + word.size());
  return parse_number(number.substr(0, number.find('.'))).value_or(0);
}

}  // namespace

Result<Compiler> find_clang() {
  const auto folders = search_path();
  if (auto numbered = find_numbered(folders)) return *std::move(numbered);
  for (const auto& folder : folders) {
    auto path = std::filesystem::path(folder) / "clang";
    if (is_executable(path)) {
      const int major = ask_version(path);
      return Compiler{std::move(path), major};
    }
  }
  return std::unexpected(
      Error(ErrorKind::not_found, "find clang: there is none in the folders of PATH")
          .hint("Install it (Debian: apt-get install clang-19), or run a compiled object (.bpf.o), "
                "which needs no compiler."));
}

}  // namespace skep::compile
