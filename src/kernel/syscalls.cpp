#include "kernel/syscalls.hpp"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

namespace skep::kernel {
namespace {

// syscall(2) says -1 and errno; the seam says -errno, and leaves errno as it found it.
template <typename... Args>
long raw(long number, Args... args) noexcept {
  const int before = errno;
  long result = ::syscall(number, args...);
  if (result == -1) result = -errno;
  errno = before;
  return result;
}

class RealSyscalls final : public Syscalls {
 public:
  long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
    return raw(SYS_bpf, command, attributes, size);
  }
  long perf_event_open(perf_event_attr* attributes, int pid, int cpu, int group,
                       unsigned long flags) override {
    return raw(SYS_perf_event_open, attributes, pid, cpu, group, flags);
  }
  long ioctl(int fd, unsigned long request, unsigned long argument) override {
    return raw(SYS_ioctl, fd, request, argument);
  }
  long mmap(void* address, std::size_t length, int protection, int flags, int fd,
            long offset) override {
    return raw(SYS_mmap, address, length, protection, flags, fd, offset);
  }
  long munmap(void* address, std::size_t length) override {
    return raw(SYS_munmap, address, length);
  }
  long epoll_create(int flags) override { return raw(SYS_epoll_create1, flags); }
  long epoll_ctl(int epoll, int operation, int fd, epoll_event* event) override {
    return raw(SYS_epoll_ctl, epoll, operation, fd, event);
  }
  long epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) override {
    // epoll_wait(2) itself does not exist on arm64; without a signal mask the two are the same.
    return raw(SYS_epoll_pwait, epoll, events, count, timeout_ms, nullptr, 0L);
  }
  long openat(int directory, const char* path, int flags, unsigned mode) override {
    return raw(SYS_openat, directory, path, flags, mode);
  }
  long read(int fd, void* buffer, std::size_t length) override {
    return raw(SYS_read, fd, buffer, length);
  }
  long file_size(int fd) override {
    const int before = errno;
    struct stat info{};
    const long result = ::fstat(fd, &info) == 0 ? static_cast<long>(info.st_size) : -errno;
    errno = before;
    return result;
  }
  long read_directory(int fd, void* buffer, std::size_t length) override {
    return raw(SYS_getdents64, fd, buffer, length);
  }
  long mkdirat(int directory, const char* path, unsigned mode) override {
    return raw(SYS_mkdirat, directory, path, mode);
  }
  long unlinkat(int directory, const char* path, int flags) override {
    return raw(SYS_unlinkat, directory, path, flags);
  }
  long file_system(const char* path) override {
    const int before = errno;
    struct statfs info{};
    const long result = ::statfs(path, &info) == 0 ? static_cast<long>(info.f_type) : -errno;
    errno = before;
    return result;
  }
  long fsopen(const char* file_system, unsigned flags) override {
    return raw(SYS_fsopen, file_system, flags);
  }
  long fsconfig(int fd, unsigned command, const char* key, const void* value, int aux) override {
    return raw(SYS_fsconfig, fd, command, key, value, aux);
  }
  long fsmount(int fd, unsigned flags, unsigned attributes) override {
    return raw(SYS_fsmount, fd, flags, attributes);
  }
  long socket(int domain, int type, int protocol) override {
    return raw(SYS_socket, domain, type, protocol);
  }
  long setsockopt(int fd, int level, int option, const void* value, unsigned length) override {
    return raw(SYS_setsockopt, fd, level, option, value, length);
  }
  long send(int fd, const void* message, std::size_t length) override {
    return raw(SYS_sendto, fd, message, length, 0, nullptr, 0L);
  }
  long receive(int fd, void* buffer, std::size_t length) override {
    return raw(SYS_recvfrom, fd, buffer, length, 0, nullptr, nullptr);
  }
  long setrlimit_memlock(std::uint64_t bytes) override {
    const rlimit64 limit{bytes, bytes};
    return raw(SYS_prlimit64, 0, RLIMIT_MEMLOCK, &limit, nullptr);
  }
};

}  // namespace

Syscalls& real_syscalls() noexcept {
  static RealSyscalls calls;
  return calls;
}

}  // namespace skep::kernel
