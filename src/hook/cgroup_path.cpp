#include "hook/cgroup_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "hook/cgroup_search.hpp"
#include "kernel/host.hpp"

namespace skep::hook {
namespace {

// The next word of a line, which loses it. proc(5): fields are separated by single spaces.
std::string_view take_word(std::string_view& line) noexcept {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

// "\040" and the like stand for the characters that separate (fs/proc_namespace.c, mangle).
std::string unescape(std::string_view text) {
  std::string out;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(value);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// /proc/PID/cgroup has a line "0::/path" for version 2 (cgroups(7)).
Result<std::string> cgroup_of_process(kernel::Syscalls& sys, const std::string& pid) {
  const auto path = fmt::format("/proc/{}/cgroup", pid);
  SKEP_TRY(const auto text, kernel::read_kernel_file(sys, AT_FDCWD, path.c_str()));
  const std::string_view lines = text;
  const auto start = lines.starts_with("0::") ? 0 : lines.find("\n0::") + 1;
  if (start == 0 && !lines.starts_with("0::")) {
    return fail(ErrorKind::not_found, "process {} is in no cgroup of version 2", pid);
  }
  const auto line = lines.substr(start + 3);
  return std::string(line.substr(0, line.find('\n')));
}

// No more digits than a process number has (PID_MAX_LIMIT is 4194304); a container's id may be all
// digits, too.
bool may_be_process(std::string_view text) noexcept {
  constexpr std::size_t most_digits = 7;
  return text.size() <= most_digits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<std::string> cgroup_root(kernel::Syscalls& sys) {
  SKEP_TRY(const auto mounts, kernel::read_kernel_file(sys, AT_FDCWD, "/proc/self/mounts"));
  std::string_view rest = mounts;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    take_word(line);
    const auto path = take_word(line);
    if (take_word(line) == "cgroup2") return unescape(path);
  }
  Error error(ErrorKind::not_found, "no cgroup hierarchy of version 2 is mounted");
  return std::unexpected(
      std::move(error).hint("mount -t cgroup2 none /sys/fs/cgroup/unified, or name a directory."));
}

Result<std::string> find_cgroup(kernel::Syscalls& sys, const std::string& text) {
  if (text.empty()) return fail(ErrorKind::invalid_argument, "no cgroup was named");
  if (text.starts_with('/')) return text;
  SKEP_TRY(const auto root, cgroup_root(sys));
  if (may_be_process(text)) {
    SKEP_TRY(const auto own, cgroup_of_process(sys, text));
    return root + own;
  }
  std::error_code error;
  const auto below = std::filesystem::path(root) / text;
  if (std::filesystem::is_directory(below, error)) return below.native();
  return search_cgroup(root, text);
}

Result<std::string> cgroup_of_id(kernel::Syscalls& sys, std::uint64_t id) {
  SKEP_TRY(const auto root, cgroup_root(sys));
  std::string found;
  walk_cgroups(root, [&](const std::filesystem::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0 && info.st_ino == id) found = path.native();
    return found.empty();
  });
  if (!found.empty()) return found;
  return fail(ErrorKind::not_found, "no cgroup below {} has id {}", root, id);
}

}  // namespace skep::hook
