// kernel/faulty_syscalls.hpp: the running kernel, but the n-th call fails.
#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/bpf.hpp"
#include "kernel/info.hpp"
#include "kernel/syscalls.hpp"

namespace skep::test {

// Passes every call on to the kernel but the one that shall fail, which the kernel never sees.
// Keeps what was made: programs, maps and links by their id, and memory that is mapped.
class FaultySyscalls : public kernel::Syscalls {
 public:
  struct Made {
    kernel::Thing thing;
    std::uint32_t id;
    std::string when;  // which call had failed, for messages
    bool operator==(const Made& other) const { return thing == other.thing && id == other.id; }
  };

  // Which call fails, counted from 0, with what, and whether all that follow fail as well.
  std::optional<std::size_t> fail_call;
  int fail_with = EMFILE;
  bool fail_rest = false;

  std::vector<std::string> calls;      // by name, in order
  std::vector<Made> made;              // ever
  std::map<long, std::size_t> mapped;  // by address, bytes: what is mapped now

  // Counts from 0 again; what was made stays known.
  void restart(std::optional<std::size_t> call, int code, bool rest) {
    fail_call = call;
    fail_with = code;
    fail_rest = rest;
    calls.clear();
  }
  [[nodiscard]] std::string failed() const {
    if (!fail_call) return "none";
    const auto* name = *fail_call < calls.size() ? calls[*fail_call].c_str() : "never made";
    return "call " + std::to_string(*fail_call) + " (" + name + ") with " +
           ::strerrorname_np(fail_with) + (fail_rest ? " and all that follow" : "");
  }

  long bpf(std::uint32_t number, void* attributes, std::uint32_t size) override {
    const auto command = static_cast<kernel::Command>(number);
    // Taking out does not fail, as munmap below.
    const bool takes_out = command == kernel::Command::map_delete ||
                           command == kernel::Command::program_detach ||
                           command == kernel::Command::link_detach;
    const long error = takes_out ? 0 : count("bpf " + std::to_string(number));
    if (error != 0) return error;
    const long result = real_.bpf(number, attributes, size);
    if (result >= 0) note(command, static_cast<int>(result));
    return result;
  }
  long perf_event_open(perf_event_attr* attributes, int pid, int cpu, int group,
                       unsigned long flags) override {
    if (const long error = count("perf_event_open")) return error;
    return real_.perf_event_open(attributes, pid, cpu, group, flags);
  }
  long ioctl(int fd, unsigned long request, unsigned long argument) override {
    if (const long error = count("ioctl")) return error;
    return real_.ioctl(fd, request, argument);
  }
  long mmap(void* address, std::size_t length, int protection, int flags, int fd,
            long offset) override {
    if (const long error = count("mmap")) return error;
    const long result = real_.mmap(address, length, protection, flags, fd, offset);
    if (result >= 0) mapped[result] = length;
    return result;
  }
  // Giving memory back does not fail: it is counted, not refused.
  long munmap(void* address, std::size_t length) override {
    mapped.erase(static_cast<long>(kernel::address_of(address)));
    return real_.munmap(address, length);
  }
  long epoll_create(int flags) override {
    if (const long error = count("epoll_create")) return error;
    return real_.epoll_create(flags);
  }
  long epoll_ctl(int epoll, int operation, int fd, epoll_event* event) override {
    if (const long error = count("epoll_ctl")) return error;
    return real_.epoll_ctl(epoll, operation, fd, event);
  }
  long epoll_wait(int epoll, epoll_event* events, int number, int timeout_ms) override {
    if (const long error = count("epoll_wait")) return error;
    return real_.epoll_wait(epoll, events, number, timeout_ms);
  }
  long openat(int directory, const char* path, int flags, unsigned mode) override {
    if (const long error = count(std::string("openat ") + path)) return error;
    return real_.openat(directory, path, flags, mode);
  }
  long read(int fd, void* buffer, std::size_t length) override {
    if (const long error = count("read")) return error;
    return real_.read(fd, buffer, length);
  }
  long file_size(int fd) override {
    if (const long error = count("file_size")) return error;
    return real_.file_size(fd);
  }
  long read_directory(int fd, void* buffer, std::size_t length) override {
    if (const long error = count("read_directory")) return error;
    return real_.read_directory(fd, buffer, length);
  }
  long mkdirat(int directory, const char* path, unsigned mode) override {
    if (const long error = count(std::string("mkdirat ") + path)) return error;
    return real_.mkdirat(directory, path, mode);
  }
  // As munmap: what takes back does not fail.
  long unlinkat(int directory, const char* path, int flags) override {
    return real_.unlinkat(directory, path, flags);
  }
  long file_system(const char* path) override {
    if (const long error = count("file_system")) return error;
    return real_.file_system(path);
  }
  long fsopen(const char* file_system, unsigned flags) override {
    if (const long error = count("fsopen")) return error;
    return real_.fsopen(file_system, flags);
  }
  long fsconfig(int fd, unsigned command, const char* key, const void* value, int aux) override {
    if (const long error = count("fsconfig")) return error;
    return real_.fsconfig(fd, command, key, value, aux);
  }
  long fsmount(int fd, unsigned flags, unsigned attributes) override {
    if (const long error = count("fsmount")) return error;
    return real_.fsmount(fd, flags, attributes);
  }
  long socket(int domain, int type, int protocol) override {
    if (const long error = count("socket")) return error;
    return real_.socket(domain, type, protocol);
  }
  long setsockopt(int fd, int level, int option, const void* value, unsigned length) override {
    const bool takes_out = level == SOL_SOCKET && (option == 27 || option == 68);  // SO_DETACH_*
    const long error = takes_out ? 0 : count("setsockopt " + std::to_string(option));
    if (error != 0) return error;
    return real_.setsockopt(fd, level, option, value, length);
  }
  // Netlink: what deletes, and what asks whether it is ours to delete, does not fail.
  long send(int fd, const void* message, std::size_t length) override {
    nlmsghdr header{};
    std::memcpy(&header, message, std::min(sizeof(header), length));
    constexpr std::uint16_t of_group = 4;  // RTM_NEW…, RTM_DEL…, RTM_GET…, RTM_SET…
    quiet_ = header.nlmsg_type % of_group != 0;
    const long error = quiet_ ? 0 : count("send " + std::to_string(header.nlmsg_type));
    if (error != 0) return error;
    return real_.send(fd, message, length);
  }
  long receive(int fd, void* buffer, std::size_t length) override {
    if (const long error = quiet_ ? 0 : count("receive")) return error;
    return real_.receive(fd, buffer, length);
  }
  // The limit of the test program itself stays as it is.
  long setrlimit_memlock(std::uint64_t) override { return count("setrlimit"); }

 private:
  long count(std::string name) {
    calls.push_back(std::move(name));
    const std::size_t number = calls.size() - 1;
    const bool fails = fail_call && (fail_rest ? number >= *fail_call : number == *fail_call);
    return fails ? -fail_with : 0;
  }
  // The ids come from the kernel itself, past all counting.
  void note(kernel::Command command, int fd) {
    switch (command) {
      case kernel::Command::program_load:
        made.push_back({kernel::Thing::program, kernel::program_info(real_, fd)->id, failed()});
        break;
      case kernel::Command::map_create:
        made.push_back({kernel::Thing::map, kernel::map_info(real_, fd)->id, failed()});
        break;
      case kernel::Command::link_create:
      case kernel::Command::raw_tracepoint_open:
        made.push_back({kernel::Thing::link, kernel::link_info(real_, fd)->id, failed()});
        break;
      default:
        break;
    }
  }

  bool quiet_ = false;  // the last message that was sent takes away
  kernel::Syscalls& real_ = kernel::real_syscalls();
};

}  // namespace skep::test
