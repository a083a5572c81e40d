#include "hook/binary.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "elf/library_cache.hpp"

namespace skep::hook {
namespace {

using std::filesystem::path;

// Debian keeps libraries per architecture (dpkg-architecture -qDEB_HOST_MULTIARCH).
#if defined(__x86_64__)
constexpr const char* library_folders =
    "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:"
    "/usr/local/lib";
#elif defined(__aarch64__)
constexpr const char* library_folders =
    "/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:"
    "/usr/local/lib";
#else
constexpr const char* library_folders = "/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib";
#endif
constexpr const char* program_folders = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
constexpr std::uint64_t cache_limit = 64 << 20;

void append_folders(std::vector<std::string>& out, const char* list) {
  for (std::string_view rest = list != nullptr ? list : ""; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (end > 0) out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool is_file(const path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
}

// Another process's view of the file system: a container's, or just ours.
class View {
 public:
  static Result<View> of(int pid) {
    View out;
    if (pid <= 0) return out;
    struct stat theirs{}, ours{};
    const auto root = fmt::format("/proc/{}/root", pid);
    if (::stat((root + "/").c_str(), &theirs) != 0) {
      return fail_errno(errno, "look at the files of process {}", pid);
    }
    const bool is_ours =
        ::stat("/", &ours) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
    if (!is_ours) out.root_ = root;
    return out;
  }

  // An absolute path of that view, as a path for us. Links that lead to an absolute path lead there
  // within the view, not in ours.
  [[nodiscard]] path to_ours(const path& file) const {
    if (root_.empty()) return file;
    path out;
    std::deque<path> rest(file.begin(), file.end());
    for (int links = 0; !rest.empty() && links < 40;) {
      const path part = rest.front();
      rest.pop_front();
      if (part.empty() || part == "." || part.is_absolute()) {
        if (part.is_absolute()) out.clear();
      } else if (part == "..") {
        out = out.parent_path();
      } else {
        std::error_code none;
        const auto target = std::filesystem::read_symlink(root_ / out / part, none);
        if (none) {
          out /= part;
        } else {
          ++links;
          rest.insert(rest.begin(), target.begin(), target.end());
        }
      }
    }
    return root_ / out;
  }

 private:
  path root_;  // empty: ours
};

// The newest of several, by their versions: "libssl.so.3" after "libssl.so.1.1".
void keep_newest(std::optional<path>& best, const path& file) {
  const auto newer = [](const path& a, const path& b) {
    return ::strverscmp(a.filename().c_str(), b.filename().c_str()) > 0;
  };
  if (!best || newer(file, *best)) best = file;
}

// A line of /proc/PID/maps: ADDRESSES PERMISSIONS OFFSET DEVICE INODE PATH.
struct MappedFile {
  ino_t inode = 0;
  path file;
};

std::optional<MappedFile> mapped_file(std::string_view line) {
  const auto slash = line.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto before = line.substr(0, slash);
  while (before.ends_with(' ')) before.remove_suffix(1);
  before.remove_prefix(std::min(before.rfind(' ') + 1, before.size()));
  MappedFile out{.file = path(line.substr(slash))};
  const auto parsed = std::from_chars(before.begin(), before.end(), out.inode);
  return parsed.ec == std::errc() ? std::optional(out) : std::nullopt;
}

// A library that the process has mapped: the very file. Its path is told from where we are, or,
// when that is nowhere, from where its file system is mounted.
std::optional<path> find_loaded(const std::string& name, int pid, const View& view) {
  if (pid <= 0) return std::nullopt;
  const auto maps = read_text(fmt::format("/proc/{}/maps", pid));
  if (!maps) return std::nullopt;
  std::string_view rest = *maps;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto mapped = mapped_file(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!mapped || !elf::is_library(mapped->file.filename().native(), name)) continue;
    for (const auto& candidate : {view.to_ours(mapped->file), mapped->file}) {
      struct stat status{};
      const bool is_there = ::stat(candidate.c_str(), &status) == 0;
      if (is_there && status.st_ino == mapped->inode) return candidate;
    }
  }
  return std::nullopt;
}

std::optional<path> find_cached(const std::string& name, const View& view) {
  const auto bytes = read_file(view.to_ours("/etc/ld.so.cache"), cache_limit);
  if (!bytes) return std::nullopt;
  const auto libraries = elf::parse_library_cache(*bytes);
  if (!libraries) return std::nullopt;
  std::optional<path> best;
  for (const auto& library : *libraries) {
    if (!elf::is_library(library.name, name)) continue;
    if (const auto file = view.to_ours(path(library.path)); is_file(file)) keep_newest(best, file);
  }
  return best;
}

std::optional<path> find_in_folder(const std::string& name, const path& folder) {
  std::optional<path> best;
  std::error_code ended;
  for (std::filesystem::directory_iterator at(folder, ended), end; !ended && at != end;
       at.increment(ended)) {
    const path& file = at->path();
    if (elf::is_library(file.filename().native(), name) && is_file(file)) keep_newest(best, file);
  }
  return best;
}

std::optional<path> find_in_folders(const std::string& name,
                                    const std::vector<std::string>& folders, const View& view) {
  for (const auto& folder : folders) {
    if (auto file = find_in_folder(name, view.to_ours(folder))) return file;
  }
  return std::nullopt;
}

std::optional<path> find_library(const std::string& name, int pid, const View& view) {
  if (auto file = find_loaded(name, pid, view)) return file;
  std::vector<std::string> own, folders;
  append_folders(own, std::getenv("LD_LIBRARY_PATH"));
  if (auto file = find_in_folders(name, own, view)) return file;
  if (auto file = find_cached(name, view)) return file;
  append_folders(folders, library_folders);
  return find_in_folders(name, folders, view);
}

std::optional<path> find_program(const std::string& name, const View& view,
                                 const std::vector<std::string>& folders) {
  for (const auto& folder : folders) {
    if (auto file = view.to_ours(path(folder) / name); is_file(file)) return file;
  }
  return std::nullopt;
}

}  // namespace

Result<path> find_binary(const std::string& name, int pid) {
  if (name.empty()) return fail(ErrorKind::invalid_argument, "a uprobe needs a binary");
  SKEP_TRY(const auto view, View::of(pid));
  if (name.find('/') != std::string::npos) {
    return path(name).is_absolute() ? view.to_ours(name) : path(name);
  }
  const bool is_library = name.find(".so") != std::string::npos;
  if (is_library || name.starts_with("lib")) {
    if (auto file = find_library(name, pid, view)) return *std::move(file);
  }
  std::vector<std::string> folders;
  append_folders(folders, std::getenv("PATH"));
  append_folders(folders, program_folders);
  if (!is_library) {
    if (auto file = find_program(name, view, folders)) return *std::move(file);
    if (auto file = find_library(name, pid, view)) return *std::move(file);
  }
  if (is_library) {
    folders.clear();
    append_folders(folders, std::getenv("LD_LIBRARY_PATH"));
    append_folders(folders, library_folders);
    return fail(ErrorKind::not_found, "no library '{}' in ld.so.cache, {}", name,
                enumerate(folders));
  }
  return fail(ErrorKind::not_found, "no program '{}' in {}, and no library of that name", name,
              enumerate(folders));
}

}  // namespace skep::hook
