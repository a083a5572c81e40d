// kernel/host.hpp: open_tracefs, and what tracefs lists.
#include <fcntl.h>

#include <cerrno>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/private_mount.hpp"

namespace skep::kernel {
namespace {

// A directory of the root of tracefs, or nothing: a mount point that nothing is mounted on is a
// plain empty directory.
Fd open_mounted(Syscalls& sys, const char* path) {
  const long fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return Fd();
  Fd directory = adopt(fd);
  const long events = sys.openat(directory.get(), "events", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (events < 0) return Fd();
  const Fd closed = adopt(events);
  return directory;
}

// struct linux_dirent64 (getdents64(2))
constexpr std::uint64_t entry_length = 16, entry_type = 18, entry_name = 19;
constexpr std::uint8_t type_directory = 4, type_unknown = 0;  // DT_DIR, DT_UNKNOWN

void append_directories(Bytes entries, std::vector<std::string>& out) {
  std::uint64_t at = 0;
  while (const auto length = read_at<std::uint16_t>(entries, at + entry_length)) {
    const auto type = read_at<std::uint8_t>(entries, at + entry_type);
    const auto name = string_at(entries, at + entry_name);
    if (!type || !name || *length == 0) break;
    const bool directory = *type == type_directory || *type == type_unknown;
    if (directory && *name != "." && *name != "..") out.emplace_back(*name);
    at += *length;
  }
}

}  // namespace

Result<Fd> open_tracefs(Syscalls& sys) {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (Fd directory = open_mounted(sys, path)) return directory;
  }
  auto mounted = mount_private(sys, "tracefs");
  if (mounted) return mounted;
  Error error = std::move(mounted).error();
  const bool missing = error.code() == ENODEV || error.code() == ENOSYS;
  return std::unexpected(
      std::move(error)
          .in("tracefs is not mounted, and could not be mounted privately")
          .hint(missing ? "This kernel has no tracefs (CONFIG_FTRACE), or is older than 5.2 and "
                          "needs: mount -t tracefs tracefs /sys/kernel/tracing"
                        : "Mount it where you may: mount -t tracefs tracefs /sys/kernel/tracing"));
}

Result<std::vector<std::string>> list_directories(Syscalls& sys, int directory, const char* path) {
  const long opened = sys.openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (opened < 0) return fail_errno(static_cast<int>(-opened), "open {}", path);
  const Fd fd = adopt(opened);
  std::vector<std::string> out;
  alignas(8) std::byte buffer[32768];
  for (;;) {
    const long n = sys.read_directory(fd.get(), buffer, sizeof(buffer));
    if (n == -EINTR) continue;
    if (n < 0) return fail_errno(static_cast<int>(-n), "list {}", path);
    if (n == 0) return out;
    append_directories(Bytes(buffer, static_cast<std::size_t>(n)), out);
  }
}

}  // namespace skep::kernel
