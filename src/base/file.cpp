#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

namespace skep {

void Fd::reset(int number) noexcept {
  if (number_ >= 0) ::close(number_);  // Linux closes even when it says EINTR: never retry
  number_ = number;
}

Result<Fd> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return fail_errno(errno, "open {}", path.native());
  return Fd(fd);
}

// Reads until end of file or until more than `limit` bytes came.
template <typename Buffer>
static Result<Buffer> read_to_end(const Fd& fd, const std::filesystem::path& path,
                                  std::uint64_t expected, std::uint64_t limit) {
  Buffer out;
  std::size_t used = 0;
  out.resize(expected + 1);  // one more, so that a file of the expected size ends in one round
  for (;;) {
    if (used == out.size()) out.resize(out.size() * 2);
    const ssize_t n = ::read(fd.get(), out.data() + used, out.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "read {}", path.native());
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > limit) {
      return fail(ErrorKind::limit, "read {}: larger than {} bytes", path.native(), limit);
    }
  }
  out.resize(used);
  return out;
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  // O_NONBLOCK: opening a FIFO must not hang. It changes nothing for a regular file.
  SKEP_TRY(auto fd, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "stat {}", path.native());
  if (S_ISDIR(info.st_mode)) {
    return fail(ErrorKind::invalid_argument, "read {}: it is a directory", path.native());
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorKind::invalid_argument, "read {}: it is not a regular file", path.native());
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > limit) {
    return fail(ErrorKind::limit, "read {}: {} bytes, more than the limit of {}", path.native(),
                size, limit);
  }
  return read_to_end<std::vector<std::byte>>(fd, path, size, limit);
}

Result<std::string> read_text(const std::filesystem::path& path, std::uint64_t limit) {
  SKEP_TRY(auto fd, open_file(path, O_RDONLY));
  return read_to_end<std::string>(fd, path, 4096, limit);
}

Result<void> write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace skep
