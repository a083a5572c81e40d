// unit/fake_syscalls.hpp: a kernel that does as it is told.
#pragma once

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/bpf.hpp"
#include "kernel/syscalls.hpp"

namespace skep::test {

// Without a script every call succeeds: what makes a descriptor returns a real one, so that closing
// works and leaks can be counted. Memory is real; files are those of `files`, else there is none.
class FakeSyscalls final : public kernel::Syscalls {
 public:
  struct BpfCall {
    kernel::Command command;
    std::vector<std::byte> attributes;

    template <typename Attributes>
    [[nodiscard]] Attributes as() const {
      Attributes out;
      std::memcpy(&out, attributes.data(), std::min(sizeof(out), attributes.size()));
      return out;
    }
  };

  // Every call so far, by name, in order: "bpf", "mmap", "openat /sys/…".
  std::vector<std::string> calls;
  std::vector<BpfCall> bpf_calls;

  // The next results of a command, used up one by one; then it succeeds.
  std::map<kernel::Command, std::deque<long>> results;
  // Sees bpf(2) before all else; a value is the result.
  std::function<std::optional<long>(kernel::Command, void*)> on_bpf;
  // The call with this number, from 0, fails with EMFILE: any call, so that a test can go through
  // all of them; with fail_rest, so do all that follow.
  std::optional<std::size_t> fail_call;
  bool fail_rest = false;
  int fail_with = EMFILE;
  std::map<std::string, std::string> files = {{"/sys/devices/system/cpu/possible", "0-3\n"}};
  long memlock_result = 0;
  std::size_t memlock_raises = 0;
  std::size_t largest_mapping = SIZE_MAX;  // larger ones fail with ENOMEM
  // What was mapped, for the test to write into (whatever the protection asked for).
  std::vector<std::span<std::byte>> mappings;

  [[nodiscard]] std::vector<BpfCall> of(kernel::Command command) const {
    std::vector<BpfCall> out;
    for (const auto& call : bpf_calls) {
      if (call.command == command) out.push_back(call);
    }
    return out;
  }

  long bpf(std::uint32_t number, void* attributes, std::uint32_t size) override {
    const auto command = static_cast<kernel::Command>(number);
    const auto bytes = std::span(static_cast<const std::byte*>(attributes), size);
    bpf_calls.push_back({command, {bytes.begin(), bytes.end()}});
    if (const long failed = count("bpf")) return failed;
    if (on_bpf) {
      if (const auto result = on_bpf(command, attributes)) return *result;
    }
    if (auto& next = results[command]; !next.empty()) {
      const long result = next.front();
      next.pop_front();
      return result;
    }
    return makes_descriptor(command) ? descriptor() : 0;
  }
  struct PerfCall {
    perf_event_attr attributes;
    int pid, cpu;
  };
  std::vector<PerfCall> perf_events;
  long perf_result = 0;  // an error for all of them
  long perf_event_open(perf_event_attr* attributes, int pid, int cpu, int, unsigned long) override {
    if (const long failed = count("perf_event_open")) return failed;
    if (perf_result < 0) return perf_result;
    perf_events.push_back({*attributes, pid, cpu});
    return descriptor();
  }
  long ioctl(int, unsigned long, unsigned long) override { return count("ioctl"); }
  long mmap(void* address, std::size_t length, int protection, int flags, int, long) override {
    if (const long failed = count("mmap")) return failed;
    if (length > largest_mapping) return -ENOMEM;
    const int own = MAP_PRIVATE | MAP_ANONYMOUS | (flags & MAP_NORESERVE);
    void* made = ::mmap(address, length, protection | PROT_WRITE, own, -1, 0);
    if (made == MAP_FAILED) return -errno;
    mappings.emplace_back(static_cast<std::byte*>(made), length);
    return reinterpret_cast<long>(made);
  }
  long munmap(void* address, std::size_t length) override { return ::munmap(address, length); }
  long epoll_create(int) override {
    if (const long failed = count("epoll_create")) return failed;
    return descriptor();
  }
  long epoll_ctl(int, int, int, epoll_event*) override { return count("epoll_ctl"); }
  long epoll_wait(int, epoll_event*, int, int) override { return count("epoll_wait"); }
  long openat(int, const char* path, int, unsigned) override {
    if (const long failed = count(std::string("openat ") + path)) return failed;
    const auto file = files.find(path);
    if (file == files.end()) return -ENOENT;
    const int fd = ::memfd_create("fake", MFD_CLOEXEC);
    if (::write(fd, file->second.data(), file->second.size()) < 0) return -errno;
    ::lseek(fd, 0, SEEK_SET);
    return fd;
  }
  long read(int fd, void* buffer, std::size_t length) override {
    if (const long failed = count("read")) return failed;
    const long n = ::read(fd, buffer, length);
    return n < 0 ? -errno : n;
  }
  long file_size(int) override { return count("file_size"); }
  long read_directory(int, void*, std::size_t) override { return count("read_directory"); }
  long mkdirat(int, const char* path, unsigned) override {
    return count(std::string("mkdirat ") + path);
  }
  long unlinkat(int, const char* path, int) override {
    return count(std::string("unlinkat ") + path);
  }
  // Everything is a bpffs.
  long file_system(const char*) override {
    const long failed = count("file_system");
    return failed != 0 ? failed : 0xcafe4a11;
  }
  long fsopen(const char*, unsigned) override {
    if (const long failed = count("fsopen")) return failed;
    return descriptor();
  }
  long fsconfig(int, unsigned, const char*, const void*, int) override { return count("fsconfig"); }
  long fsmount(int, unsigned, unsigned) override {
    if (const long failed = count("fsmount")) return failed;
    return descriptor();
  }
  long socket(int, int, int) override {
    if (const long failed = count("socket")) return failed;
    return descriptor();
  }
  long setsockopt(int, int, int, const void*, unsigned) override { return count("setsockopt"); }
  // What was sent; and what is answered, one after the other.
  std::vector<std::vector<std::byte>> sent;
  std::deque<std::vector<std::byte>> answers;
  long send(int, const void* message, std::size_t length) override {
    if (const long failed = count("send")) return failed;
    const auto bytes = std::span(static_cast<const std::byte*>(message), length);
    sent.emplace_back(bytes.begin(), bytes.end());
    return static_cast<long>(length);
  }
  long receive(int, void* buffer, std::size_t length) override {
    if (const long failed = count("receive")) return failed;
    if (answers.empty()) return -EAGAIN;
    const auto answer = std::move(answers.front());
    answers.pop_front();
    const auto size = std::min(length, answer.size());
    std::memcpy(buffer, answer.data(), size);
    return static_cast<long>(size);
  }
  long setrlimit_memlock(std::uint64_t) override {
    if (const long failed = count("setrlimit")) return failed;
    ++memlock_raises;
    return memlock_result;
  }

 private:
  static bool makes_descriptor(kernel::Command command) {
    switch (command) {
      case kernel::Command::map_create:
      case kernel::Command::object_get:
      case kernel::Command::program_load:
      case kernel::Command::types_load:
      case kernel::Command::raw_tracepoint_open:
      case kernel::Command::link_create:
      case kernel::Command::program_by_id:
      case kernel::Command::map_by_id:
      case kernel::Command::link_by_id:
      case kernel::Command::types_by_id:
        return true;
      default:
        return false;
    }
  }
  static long descriptor() {
    const int fd = ::eventfd(0, EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
  }
  // Notes the call; the error when it is the one that shall fail, else 0.
  long count(std::string name) {
    calls.push_back(std::move(name));
    const std::size_t number = calls.size() - 1;
    const bool fails = fail_call && (fail_rest ? number >= *fail_call : number == *fail_call);
    return fails ? -fail_with : 0;
  }
};

// Open descriptors of this process.
[[nodiscard]] inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

}  // namespace skep::test
