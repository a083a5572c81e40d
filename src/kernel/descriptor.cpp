#include "kernel/descriptor.hpp"

#include <fcntl.h>

namespace skep::kernel {

Fd adopt(long descriptor) noexcept {
  Fd fd(static_cast<int>(descriptor));
  if (fd.get() > 2) return fd;
  const int higher = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  return higher >= 0 ? Fd(higher) : std::move(fd);
}

}  // namespace skep::kernel
