#include "kernel/pin.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/fdinfo.hpp"

namespace skep::kernel {
namespace {

constexpr long bpffs_magic = 0xcafe4a11;  // BPF_FS_MAGIC (include/uapi/linux/magic.h)
constexpr unsigned directory_mode = 0700;
constexpr std::chrono::seconds longest_wait(30);  // to fill an array takes a second or two at most

std::string directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path().native() : ".";
}

Error no_bpffs(Syscalls& sys, const std::string& directory, int code) {
  Error error = Error::from_errno(code, fmt::format("pin in {}", directory));
  const long magic = sys.file_system(directory.c_str());
  if (magic < 0 || magic == bpffs_magic) return error;
  return Error(ErrorKind::unsupported,
               fmt::format("pin in {}: no bpffs is mounted there", directory))
      .hint("Mount one: mount -t bpf bpf /sys/fs/bpf; or name another as the pin root.");
}

}  // namespace

Result<std::string> make_directory_of(Syscalls& sys, const std::filesystem::path& path) {
  auto directory = directory_of(path);
  const long made = sys.mkdirat(AT_FDCWD, directory.c_str(), directory_mode);
  if (made >= 0) return directory;
  if (made == -EEXIST) return std::string();
  const int code = static_cast<int>(-made);
  if (code == ENOENT || code == EPERM) {  // what sysfs says, where the bpffs is not mounted
    const auto parent = directory_of(directory);
    if (const long magic = sys.file_system(parent.c_str()); magic >= 0 && magic != bpffs_magic) {
      return std::unexpected(no_bpffs(sys, parent, code));
    }
  }
  return fail_errno(code, "make the directory {}", directory);
}

Result<Fd> lock_directory_of(Syscalls& sys, const std::filesystem::path& path) {
  const auto directory = directory_of(path);
  const long opened =
      sys.openat(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (opened < 0) return fail_errno(static_cast<int>(-opened), "open {} to lock it", directory);
  Fd fd = adopt(opened);
  const auto deadline = std::chrono::steady_clock::now() + longest_wait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(errno, "lock {}", directory);
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorKind::busy, "lock {}: another process has held its lock for {} s", directory,
                  longest_wait.count());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return fd;
}

Result<void> pin_object(Syscalls& sys, int fd, const std::filesystem::path& path) {
  PinAttributes attributes;
  attributes.path = address_of(path.c_str());
  attributes.fd = static_cast<std::uint32_t>(fd);
  const long result = call_bpf(sys, Command::object_pin, attributes);
  if (result >= 0) return {};
  const int code = static_cast<int>(-result);
  if (code == EPERM || code == ENOENT) {
    return std::unexpected(no_bpffs(sys, directory_of(path), code));
  }
  return fail_errno(code, "pin at {}", path.native());
}

Result<Fd> open_pin(Syscalls& sys, const std::filesystem::path& path) {
  PinAttributes attributes;
  attributes.path = address_of(path.c_str());
  const long result = call_bpf(sys, Command::object_get, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "open the pin {}", path.native());
  return adopt(result);
}

Result<PinnedKind> kind_of_pinned(Syscalls& sys, int fd) {
  SKEP_TRY(const auto says, read_fdinfo(sys, fd));
  if (says.contains("map_type")) return PinnedKind::map;
  if (says.contains("prog_type")) return PinnedKind::program;
  return says.contains("link_type") ? PinnedKind::link : PinnedKind::other;
}

const char* name_of(PinnedKind kind) noexcept {
  switch (kind) {
    case PinnedKind::map:
      return "a map";
    case PinnedKind::program:
      return "a program";
    case PinnedKind::link:
      return "a link";
    case PinnedKind::other:
      break;
  }
  return "something else";
}

}  // namespace skep::kernel
