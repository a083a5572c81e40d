// kernel/syscalls.hpp: the seam. Every system call that skep makes on the kernel's BPF side goes
// through one of these, so that a test can watch them, answer them, or make the n-th one fail.
#pragma once

#include <cstddef>
#include <cstdint>

struct epoll_event;
struct perf_event_attr;

namespace skep::kernel {

// Results are those of the raw system call: >= 0, or a negative errno. Nothing touches errno.
// Descriptors are closed with close(2) itself: it cannot fail in a way that matters.
class Syscalls {
 public:
  Syscalls(const Syscalls&) = delete;
  Syscalls& operator=(const Syscalls&) = delete;
  Syscalls(Syscalls&&) = delete;
  Syscalls& operator=(Syscalls&&) = delete;
  virtual ~Syscalls() = default;

  // `attributes` is one of the structs of kernel/bpf.hpp.
  virtual long bpf(std::uint32_t command, void* attributes, std::uint32_t size) = 0;
  virtual long perf_event_open(perf_event_attr* attributes, int pid, int cpu, int group,
                               unsigned long flags) = 0;
  virtual long ioctl(int fd, unsigned long request, unsigned long argument) = 0;
  // The address, or a negative errno as an integer (as the raw call returns it).
  virtual long mmap(void* address, std::size_t length, int protection, int flags, int fd,
                    long offset) = 0;
  virtual long munmap(void* address, std::size_t length) = 0;
  virtual long epoll_create(int flags) = 0;
  virtual long epoll_ctl(int epoll, int operation, int fd, epoll_event* event) = 0;
  virtual long epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) = 0;
  // Files of the kernel: /sys, /proc, tracefs, bpffs. `directory` as for openat(2).
  virtual long openat(int directory, const char* path, int flags, unsigned mode) = 0;
  virtual long read(int fd, void* buffer, std::size_t length) = 0;
  // Bytes that fstat(2) states.
  virtual long file_size(int fd) = 0;
  // getdents64(2): entries of a directory.
  virtual long read_directory(int fd, void* buffer, std::size_t length) = 0;
  virtual long mkdirat(int directory, const char* path, unsigned mode) = 0;
  // `flags`: 0 for a file, AT_REMOVEDIR for an empty directory.
  virtual long unlinkat(int directory, const char* path, int flags) = 0;
  // The magic number that statfs(2) calls the file system of `path` by.
  virtual long file_system(const char* path) = 0;
  virtual long fsopen(const char* file_system, unsigned flags) = 0;
  virtual long fsconfig(int fd, unsigned command, const char* key, const void* value, int aux) = 0;
  virtual long fsmount(int fd, unsigned flags, unsigned attributes) = 0;
  // Netlink, and options of sockets that take programs.
  virtual long socket(int domain, int type, int protocol) = 0;
  virtual long setsockopt(int fd, int level, int option, const void* value, unsigned length) = 0;
  virtual long send(int fd, const void* message, std::size_t length) = 0;
  virtual long receive(int fd, void* buffer, std::size_t length) = 0;
  // Sets RLIMIT_MEMLOCK, soft and hard.
  virtual long setrlimit_memlock(std::uint64_t bytes) = 0;

 protected:
  Syscalls() = default;
};

// The running kernel. Stateless, so one for all threads.
[[nodiscard]] Syscalls& real_syscalls() noexcept;

}  // namespace skep::kernel
