#include "kernel/descriptor.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"

namespace skep::kernel {

Fd adopt(long descriptor) noexcept {
  Fd fd(static_cast<int>(descriptor));
  if (fd.get() > 2) return fd;
  const int higher = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  return higher >= 0 ? Fd(higher) : std::move(fd);
}

Result<Fd> duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return fail_errno(errno, "duplicate a descriptor");
  return Fd(copy);
}

}  // namespace skep::kernel
