#include "base/cache.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>  // NOLINT: mkdtemp
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <tuple>

#include "base/error.hpp"
#include "base/file.hpp"

namespace skep {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refuse(const fs::path& path, std::string_view why) {
  return fail(ErrorKind::permission, "use {} as a cache: {}", path.native(), why);
}

// XDG Base Directory Specification 0.8: a relative path in the variable is to be ignored.
Result<fs::path> base_directory() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg == '/') return xdg;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path(home) / ".cache";
  }
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16 << 10);
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr || *found->pw_dir != '/') {
    return fail(ErrorKind::not_found,
                "find a folder for the cache: neither XDG_CACHE_HOME nor HOME "
                "is set");
  }
  return fs::path(found->pw_dir) / ".cache";
}

// Whether somebody else may rename what is in the folder. A group of our own may (umask 002 makes
// such folders), and in a sticky folder only the owner of what is renamed.
bool open_to_others(const struct stat& info) {
  if ((info.st_mode & S_ISVTX) != 0) return false;
  const bool foreign_group = info.st_gid != 0 && info.st_gid != ::getegid();
  return (info.st_mode & S_IWOTH) != 0 || ((info.st_mode & S_IWGRP) != 0 && foreign_group);
}

// Nobody else may be able to exchange what `path` leads to: every folder on the way belongs to us
// or to root, and only they can rename in it. Symbolic links on the way are resolved before.
Result<void> check_way(const fs::path& path) {
  for (fs::path at = path; at.has_relative_path(); at = at.parent_path()) {
    struct stat info{};
    if (::stat(at.parent_path().c_str(), &info) != 0) {
      return fail_errno(errno, "stat {}", at.parent_path().native());
    }
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
      return refuse(path, fmt::format("{} belongs to another user (uid {})",
                                      at.parent_path().native(), info.st_uid));
    }
    if (open_to_others(info)) {
      return refuse(path, fmt::format("others may write to {}", at.parent_path().native()));
    }
  }
  return {};
}

Result<Fd> open_own_folder(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && (errno == ELOOP || errno == ENOTDIR)) {
    return refuse(path, "it is a symbolic link or a file, not a folder");
  }
  if (!fd) return fail_errno(errno, "open {}", path.native());
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "stat {}", path.native());
  if (info.st_uid != ::geteuid()) {
    return refuse(path, fmt::format("it belongs to another user (uid {})", info.st_uid));
  }
  if ((info.st_mode & 022) != 0) {
    return refuse(path, fmt::format("others may write to it (mode {:04o})", info.st_mode & 07777));
  }
  return fd;
}

// A file of a name that nobody uses, for rename(2).
Result<std::pair<Fd, std::string>> create_unique(int folder, const std::string& name) {
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    auto unique = fmt::format("{}.{}-{}-{}.new", name, ::getpid(), now.tv_nsec, attempt);
    Fd fd(::openat(folder, unique.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   0600));
    if (fd) return std::pair(std::move(fd), std::move(unique));
    if (errno != EEXIST) return fail_errno(errno, "create {}", unique);
  }
  return fail(ErrorKind::busy, "create {}: every name tried is taken", name);
}

Result<void> make_parents(int folder, const std::string& name) {
  for (auto at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    const auto part = name.substr(0, at);
    if (::mkdirat(folder, part.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail_errno(errno, "make the folder {}", part);
    }
  }
  return {};
}

// Of the file, or of all that the folder holds.
std::uint64_t size_of(const fs::path& path, const struct stat& info) {
  std::uint64_t sum = static_cast<std::uint64_t>(info.st_size);
  if (!S_ISDIR(info.st_mode)) return sum;
  std::error_code error;
  using Walk = fs::recursive_directory_iterator;
  for (Walk at(path, error); !error && at != Walk(); at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) sum += at->file_size(ignored);
  }
  return sum;
}

}  // namespace

Result<fs::path> cache_directory() {
  SKEP_TRY(auto folder, Folder::open_cache());
  return folder.path();
}

Result<Folder> Folder::open_cache() {
  SKEP_TRY(const auto wanted, base_directory());
  std::error_code error;
  if (!fs::exists(wanted, error)) {
    // The specification: mode 0700. (Only the last folder is new, but for odd settings.)
    fs::create_directories(wanted.parent_path(), error);
    if (::mkdir(wanted.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail_errno(errno, "make the folder {}", wanted.native());
    }
  }
  const auto base = fs::canonical(wanted, error);
  if (error) return fail_errno(error.value(), "resolve {}", wanted.native());
  auto path = base / "skep";
  SKEP_CHECK(check_way(path));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(errno, "make the folder {}", path.native());
  }
  SKEP_TRY(auto fd, open_own_folder(path));
  return Folder(std::move(path), std::move(fd), false);
}

std::optional<Folder> Folder::open_existing_cache() {
  const auto base = base_directory();
  std::error_code error;
  if (!base || !fs::is_directory(*base / "skep", error)) return std::nullopt;
  auto folder = open_cache();
  return folder ? std::optional(*std::move(folder)) : std::nullopt;
}

Result<Folder> Folder::make_temporary() {
  const char* variable = std::getenv("TMPDIR");
  std::string name = variable != nullptr && *variable == '/' ? variable : "/tmp";
  name += "/skep-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return fail_errno(errno, "make a folder {}", name);
  auto fd = open_own_folder(name);
  if (!fd) return std::unexpected(std::move(fd).error());
  return Folder(name, *std::move(fd), true);
}

Folder::~Folder() {
  std::error_code ignored;
  if (temporary_ && fd_) fs::remove_all(path_, ignored);
}

std::optional<std::vector<std::byte>> Folder::read(const std::string& name,
                                                   std::uint64_t limit) const {
  const Fd file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (static_cast<std::uint64_t>(info.st_size) > limit) return std::nullopt;
  std::vector<std::byte> out(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(file.get(), out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += static_cast<std::size_t>(n);
  }
  return out;
}

std::optional<MappedFile> Folder::map(const std::string& name, std::uint64_t limit) const {
  const Fd file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (info.st_uid != ::geteuid() || (info.st_mode & 022) != 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0 || size > limit) return std::nullopt;
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return std::nullopt;
  const auto unmap = [size](void* address) { ::munmap(address, size); };
  return MappedFile{std::shared_ptr<void>(start, unmap),
                    Bytes(static_cast<const std::byte*>(start), size)};
}

bool Folder::holds(const std::string& name, std::uint64_t size) const {
  struct stat info{};
  return ::fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) == size;
}

bool Folder::holds(const std::string& name) const {
  struct stat info{};
  return ::fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(info.st_mode);
}

Result<void> Folder::write(const std::string& name, Bytes content) const {
  SKEP_CHECK(make_parents(fd_.get(), name));
  SKEP_TRY(auto made, create_unique(fd_.get(), name));
  auto written = write_all(made.first.get(), content);
  // Closed before the rename: some file systems (NFS) tell of a full disk only then.
  if (written && ::close(made.first.release()) != 0) written = fail_errno(errno, "close");
  if (written && ::renameat(fd_.get(), made.second.c_str(), fd_.get(), name.c_str()) != 0) {
    written = fail_errno(errno, "rename");
  }
  if (!written) {
    ::unlinkat(fd_.get(), made.second.c_str(), 0);
    return add_context(std::move(written).error(), "write {}", (path_ / name).native());
  }
  return {};
}

std::vector<CacheEntry> Folder::entries(std::string_view prefix) const {
  std::vector<CacheEntry> out;
  const int copy = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(copy), ::closedir);
  if (!dir) return out;
  while (const dirent* item = ::readdir(dir.get())) {
    const std::string name = item->d_name;
    if (!name.starts_with(prefix) || name == "." || name == "..") continue;
    struct stat info{};
    if (::fstatat(fd_.get(), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    out.push_back({name, info.st_mtim, size_of(path_ / name, info)});
  }
  std::ranges::sort(out, {}, [](const CacheEntry& entry) {
    return std::tuple(entry.used.tv_sec, entry.used.tv_nsec, std::string_view(entry.name));
  });
  return out;
}

void Folder::remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove_all(path_ / name, ignored);
}

void Folder::touch(const std::string& name) const {
  ::utimensat(fd_.get(), name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

void Folder::prune(std::string_view prefix, std::size_t keep) const {
  const auto all = entries(prefix);
  for (std::size_t i = 0; i + keep < all.size(); ++i) remove(all[i].name);
}

}  // namespace skep
