#include "symbol/process_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.hpp"

namespace skep::symbol {
namespace {

constexpr std::uint64_t largest_maps = 64 << 20;

// Field 22 of /proc/PID/stat; the name before it may hold anything.
std::optional<std::uint64_t> start_time(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int field = 2; field < 22; ++field) {
    const auto space = stat.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(space + 1);
  }
  std::uint64_t value = 0;
  const auto [after, error] = std::from_chars(stat.data(), stat.data() + stat.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

// The last number of line "NSpid:": that of the innermost namespace.
pid_t innermost_pid(std::string_view status, pid_t pid) {
  const auto line = status.find("\nNSpid:");
  if (line == std::string_view::npos) return pid;
  const auto text = status.substr(line + 1, status.find('\n', line + 1) - line - 1);
  const auto last = text.find_last_of("\t ");
  pid_t own = pid;
  std::from_chars(text.data() + last + 1, text.data() + text.size(), own);
  return own;
}

bool is_same_file(const char* a, const std::string& b) {
  struct stat one{}, other{};
  return ::stat(a, &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

bool is_regular(const Fd& fd, std::uint64_t inode) {
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  return inode == 0 || info.st_ino == inode;
}

}  // namespace

std::optional<Identity> identify(pid_t pid) {
  const auto stat = read_text(fmt::format("/proc/{}/stat", pid), 4096);
  if (!stat) return std::nullopt;
  const auto started = start_time(*stat);
  if (!started) return std::nullopt;
  Identity out{.started = *started, .own_pid = pid};
  struct stat info{};
  if (::stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0) out.owner = info.st_uid;
  if (const auto status = read_text(fmt::format("/proc/{}/status", pid), 1 << 16)) {
    out.own_pid = innermost_pid(*status, pid);
  }
  out.is_in_our_mounts = is_same_file("/proc/self/ns/mnt", fmt::format("/proc/{}/ns/mnt", pid)) &&
                         is_same_file("/", fmt::format("/proc/{}/root", pid));
  return out;
}

std::optional<std::vector<Mapping>> read_mappings(pid_t pid) {
  const auto text = read_text(fmt::format("/proc/{}/maps", pid), largest_maps);
  if (!text) return std::nullopt;
  return parse_mappings(*text);
}

// /proc/PID/map_files leads to the very file; without the privilege that it takes, the path does.
Fd open_mapped(pid_t pid, const Mapping& mapping) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  Fd exact(::open(
      fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, mapping.start, mapping.end).c_str(), flags));
  if (is_regular(exact, 0)) return exact;
  if (mapping.is_deleted) return {};
  Fd named = open_in_root(pid, mapping.path);
  return is_regular(named, mapping.inode) ? std::move(named) : Fd();
}

Fd open_in_root(pid_t pid, const std::string& path) {
  const Fd root(
      ::open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return {};
  ::open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Fd fd(static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how))));
  return is_regular(fd, 0) ? std::move(fd) : Fd();
}

std::optional<FileKey> key_of(const Fd& fd) {
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return std::nullopt;
  return FileKey{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                 info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

std::string read_all(const Fd& fd, std::uint64_t limit) {
  std::string out;
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0 || info.st_size <= 0) return out;
  out.resize(std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size), limit));
  std::size_t done = 0;
  while (done < out.size()) {
    const auto n =
        ::pread(fd.get(), out.data() + done, out.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

}  // namespace skep::symbol
