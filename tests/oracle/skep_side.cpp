// What skep sends to the kernel for an object file: the same as libbpf_side.cpp, through skep's
// seam.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/file.hpp"
#include "kernel/syscalls.hpp"
#include "oracle/guard.hpp"
#include "oracle/options.hpp"
#include "oracle/recorder.hpp"
#include "skep/object.hpp"

namespace {

// bpf(2) goes to the recorder; files and memory are the real ones; nothing else may be asked for
// while an object is loaded.
class RecordingSyscalls final : public skep::kernel::Syscalls {
 public:
  explicit RecordingSyscalls(oracle::Recorder& recorder) : recorder_(recorder) {}

  long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
    return recorder_.bpf(command, attributes, size);
  }
  long perf_event_open(perf_event_attr*, int, int, int, unsigned long) override { return -EPERM; }
  long ioctl(int, unsigned long, unsigned long) override { return -EPERM; }
  long mmap(void* address, std::size_t length, int protection, int flags, int fd,
            long offset) override {
    return real_.mmap(address, length, protection, flags, fd, offset);
  }
  long munmap(void* address, std::size_t length) override { return real_.munmap(address, length); }
  long epoll_create(int) override { return -EPERM; }
  long epoll_ctl(int, int, int, epoll_event*) override { return -EPERM; }
  long epoll_wait(int, epoll_event*, int, int) override { return -EPERM; }
  long openat(int directory, const char* path, int flags, unsigned mode) override {
    return real_.openat(directory, path, flags, mode);
  }
  long read(int fd, void* buffer, std::size_t length) override {
    return real_.read(fd, buffer, length);
  }
  long file_size(int fd) override { return real_.file_size(fd); }
  long read_directory(int fd, void* buffer, std::size_t length) override {
    return real_.read_directory(fd, buffer, length);
  }
  // Pins go to the recorder: any place is a bpffs, and no directory is made.
  long mkdirat(int, const char*, unsigned) override { return -EEXIST; }
  long unlinkat(int, const char*, int) override { return 0; }
  long file_system(const char*) override { return 0xcafe4a11; }
  long fsopen(const char*, unsigned) override { return -EPERM; }
  long fsconfig(int, unsigned, const char*, const void*, int) override { return -EPERM; }
  long fsmount(int, unsigned, unsigned) override { return -EPERM; }
  long socket(int, int, int) override { return -EPERM; }
  long setsockopt(int, int, int, const void*, unsigned) override { return -EPERM; }
  long send(int, const void*, std::size_t) override { return -EPERM; }
  long receive(int, void*, std::size_t) override { return -EPERM; }
  long setrlimit_memlock(std::uint64_t) override { return 0; }

 private:
  oracle::Recorder& recorder_;
  skep::kernel::Syscalls& real_ = skep::kernel::real_syscalls();
};

skep::Result<void> edit(skep::ObjectSpec& spec, const oracle::Options& options) {
  for (const auto& [name, value] : options.set) SKEP_CHECK(spec.set(name, value));
  for (const auto& [name, value] : options.max_entries) {
    if (auto* map = spec.find_map(name)) map->max_entries = static_cast<std::uint32_t>(value);
  }
  for (const auto& [name, value] : options.autocreate) {
    if (auto* map = spec.find_map(name)) map->autocreate = value != 0;
  }
  for (const auto& [name, value] : options.resize) {
    SKEP_CHECK(spec.resize(name, static_cast<std::uint32_t>(value)));
  }
  for (const auto& [name, value] : options.autoload) {
    if (auto* program = spec.find_program(name)) program->autoload = value != 0;
  }
  return {};
}

constexpr std::uint64_t largest_types = 64 << 20;

skep::Result<void> record(const oracle::Options& options, oracle::Recorder& recorder) {
  SKEP_TRY(auto spec, skep::ObjectSpec::open(options.object));
  SKEP_CHECK(edit(spec, options));
  RecordingSyscalls syscalls(recorder);
  skep::LoadOptions load{.kernel_types = {}, .kconfig = {}, .syscalls = &syscalls};
  if (!options.module.empty()) {
    SKEP_TRY(auto bytes, skep::read_file(options.module, largest_types));
    recorder.add_module("skep_toy", std::move(bytes));
  }
  if (!options.types.empty()) {
    SKEP_TRY(auto bytes, skep::read_file(options.types, largest_types));
    SKEP_TRY(load.kernel_types, skep::Btf::parse(std::move(bytes)));
  }
  if (!options.targets.empty()) {
    const auto types = spec.types.bytes();
    const int target = recorder.add_target({types.begin(), types.end()});
    for (const auto& [program, function] : options.targets) {
      load.targets[program] = {.program = target, .function = function};
    }
  }
  recorder.start();
  SKEP_TRY(const auto object, skep::Object::load(std::move(spec), std::move(load)));
  for (const auto& map : object.maps()) {
    if (map.type() == skep::MapType::struct_ops && map.fd() >= 0) SKEP_CHECK(map.attach());
  }
  return {};
}

}  // namespace

int main(int count, char** words) {
  const auto options = oracle::parse_options(count, words);
  if (!options || !oracle::forbid_bpf()) return 2;
  oracle::Recorder recorder;
  if (const auto done = record(*options, recorder); !done) {
    fmt::print("refused\n");
    fmt::print(stderr, "{}\n", done.error().message());
    for (const auto& hint : done.error().hints()) fmt::print(stderr, "try: {}\n", hint);
    return 0;
  }
  fmt::print("{}", oracle::dump(recorder.calls()));
  return 0;
}
