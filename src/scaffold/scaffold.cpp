#include "scaffold/scaffold.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cerrno>

#include "base/embedded.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace skep {

// Written by the build: skep_embed in src/CMakeLists.txt. Named FOLDER/FILE.
extern const EmbeddedFile templates_table[];
extern const std::size_t templates_count;

namespace scaffold {
namespace {

namespace fs = std::filesystem;

constexpr std::array<Kind, 3> all_kinds = {{
    {"tracepoint", "Shows every program that starts: a tracepoint, and events in a ring buffer.",
     "", ""},
    {"xdp", "Counts the packets that an interface receives, by protocol: XDP, and a map.", " lo",
     " --iface lo"},
    {"uprobe",
     "Shows the host names that programs ask libc for: a uprobe, and events in a ring buffer.", "",
     ""},
}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// A template's name hides the dot of what editors and git would take for theirs.
std::string file_name(std::string_view file, std::string_view name) {
  std::string out(file);
  replace_all(out, "NAME", name);
  if (out.starts_with("dot-")) out.replace(0, 4, ".");
  return out;
}

}  // namespace

std::span<const Kind> kinds() { return all_kinds; }

std::vector<File> make_files(std::string_view name, const Kind& kind) {
  std::vector<File> out;
  for (const auto& file : std::span(templates_table, templates_count)) {
    const auto slash = file.name.find('/');
    const auto folder = file.name.substr(0, slash);
    if (folder != "common" && folder != kind.name) continue;
    std::string text(reinterpret_cast<const char*>(file.begin), file.bytes().size());
    replace_all(text, "@PURPOSE@", kind.purpose);
    replace_all(text, "@ARGUMENTS@", kind.arguments);
    replace_all(text, "@OPTIONS@", kind.options);
    replace_all(text, "NAME", name);
    out.push_back({file_name(file.name.substr(slash + 1), name), std::move(text)});
  }
  return out;
}

Result<void> write_files(const fs::path& folder, const std::vector<File>& files) {
  std::vector<std::string> there;
  std::error_code error;
  for (const auto& file : files) {
    if (fs::exists(fs::symlink_status(folder / file.path, error))) {
      there.push_back(file.path.native());
    }
  }
  if (!there.empty()) {
    return std::unexpected(Error(ErrorKind::busy, fmt::format("{} has {} already", folder.native(),
                                                              fmt::join(there, ", ")))
                               .hint("Nothing was written. Take another name, or move it away."));
  }
  error.clear();
  fs::create_directories(folder, error);
  if (error) return fail_errno(error.value(), "make the folder {}", folder.native());
  for (const auto& file : files) {
    // O_EXCL: what came meanwhile is not ours either.
    SKEP_TRY(const auto fd, open_file(folder / file.path, O_WRONLY | O_CREAT | O_EXCL, 0644));
    auto written = write_all(fd.get(), std::as_bytes(std::span(file.text)));
    if (!written) return add_context(std::move(written).error(), "{}", file.path.native());
  }
  return {};
}

}  // namespace scaffold
}  // namespace skep
