#include "kernel/host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memory.hpp"
#include "kernel/types_index.hpp"
#include "skep/map.hpp"

namespace skep::kernel {
namespace {

constexpr const char* types_path = "/sys/kernel/btf/vmlinux";
constexpr std::size_t types_limit = 256 << 20;  // Debian's 6.12 has 5 MB

// Megabytes that are read into right away: resize() leaves them as they are, where a vector would
// clear them first.
class RawBuffer {
 public:
  void resize(std::size_t size) {
    if (size > capacity_) {
      auto larger = std::make_unique_for_overwrite<std::byte[]>(size);
      if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
      bytes_ = std::move(larger);
      capacity_ = size;
    }
    size_ = size;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::byte* data() noexcept { return bytes_.get(); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

Result<Fd> open_kernel_file(Syscalls& sys, int directory, const char* path) {
  const long fd = sys.openat(directory, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail_errno(static_cast<int>(-fd), "open {}", path);
  return adopt(fd);
}

template <typename Buffer>
Result<Buffer> read_to_end(Syscalls& sys, const Fd& fd, const char* path, std::size_t expected,
                           std::size_t limit) {
  Buffer out;
  std::size_t used = 0;
  out.resize(expected);
  for (;;) {
    if (used == out.size()) out.resize(out.size() * 2);
    const long n = sys.read(fd.get(), out.data() + used, out.size() - used);
    if (n == -EINTR) continue;
    if (n < 0) return fail_errno(static_cast<int>(-n), "read {}", path);
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > limit) return fail(ErrorKind::limit, "read {}: more than {} bytes", path, limit);
  }
  out.resize(used);
  return out;
}

// Only private mappings are allowed (btf_sysfs_vmlinux_mmap in kernel/bpf/sysfs_btf.c, kernel
// 6.16); older kernels say ENODEV.
std::shared_ptr<Mapping> map_types(Syscalls& sys, const Fd& fd, long size) {
  if (size <= 0) return nullptr;
  const auto length = static_cast<std::size_t>(size);
  auto mapping = map_memory(sys, length, PROT_READ, MAP_PRIVATE, fd.get(), 0, types_path);
  return mapping ? std::make_shared<Mapping>(*std::move(mapping)) : nullptr;
}

constexpr std::uint32_t note_gnu_build_id = 3;  // NT_GNU_BUILD_ID

// ELF notes, one after the other: sizes of name and description, type, both padded to 4 bytes.
std::string build_id_of_notes(Bytes notes) {
  std::uint64_t at = 0;
  while (at < notes.size()) {
    const auto name_size = read_at<std::uint32_t>(notes, at);
    const auto size = read_at<std::uint32_t>(notes, at + 4);
    const auto type = read_at<std::uint32_t>(notes, at + 8);
    if (!name_size || !size || !type) break;
    const std::uint64_t start = at + 12 + round_up(*name_size, 4);
    const auto name = string_at(notes, at + 12);
    const auto description = slice(notes, start, *size);
    if (!description) break;
    if (*type == note_gnu_build_id && name == "GNU" && !description->empty()) {
      std::string hex;
      for (const std::byte byte : *description) hex += fmt::format("{:02x}", byte);
      return hex;
    }
    at = start + round_up(*size, 4);
  }
  return {};
}

// FNV-1a: a key for caches, nothing more.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

// "0-3,8": the numbers in such a list of the kernel; none when it is no such list.
std::vector<std::uint32_t> numbers_of_list(std::string_view list) {
  constexpr std::size_t most_cpus = 1U << 16;  // the kernel's own limit is 8192
  std::vector<std::uint32_t> numbers;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end && *at != '\n') {
    std::uint32_t first = 0;
    auto parsed = std::from_chars(at, end, first);
    if (parsed.ec != std::errc()) return {};
    std::uint32_t last = first;
    if (parsed.ptr < end && *parsed.ptr == '-') parsed = std::from_chars(parsed.ptr + 1, end, last);
    if (parsed.ec != std::errc() || last < first || last - first >= most_cpus) return {};
    for (std::uint32_t number = first; number <= last; ++number) numbers.push_back(number);
    if (numbers.size() > most_cpus) return {};
    at = parsed.ptr;
    if (at < end && *at == ',') ++at;
  }
  return numbers;
}

Result<std::vector<std::uint32_t>> read_cpus(Syscalls& sys, const char* path) {
  SKEP_TRY(const auto list, read_kernel_file(sys, AT_FDCWD, path));
  auto cpus = numbers_of_list(list);
  if (cpus.empty())
    return fail(ErrorKind::bad_input, "read {}: '{}' is no list of CPUs", path, list);
  return cpus;
}

}  // namespace

Result<Btf> read_kernel_types(Syscalls& sys) {
  auto opened = open_kernel_file(sys, AT_FDCWD, types_path);
  if (!opened) {
    Error error = std::move(opened).error();
    if (error.code() != ENOENT) return std::unexpected(std::move(error));
    return std::unexpected(
        std::move(error)
            .as(ErrorKind::unsupported)
            .hint("This kernel does not describe its types: it needs CONFIG_DEBUG_INFO_BTF=y."));
  }
  const Fd fd = *std::move(opened);
  const long size = sys.file_size(fd.get());
  if (auto mapping = map_types(sys, fd, size)) {
    const Bytes bytes = mapping->bytes();
    return parse_kernel_types(sys, bytes, std::move(mapping));
  }
  const auto expected = size > 0 ? static_cast<std::size_t>(size) + 1 : 8U << 20;
  if (expected > types_limit) {
    return fail(ErrorKind::limit, "read {}: more than {} bytes", types_path, types_limit);
  }
  auto buffer = std::make_shared<RawBuffer>();
  SKEP_TRY(*buffer, read_to_end<RawBuffer>(sys, fd, types_path, expected, types_limit));
  const Bytes bytes(buffer->data(), buffer->size());
  return parse_kernel_types(sys, bytes, std::move(buffer));
}

Result<std::string> kernel_build_id(Syscalls& sys) {
  // Root only on some kernels: then the fallback below is used.
  if (const auto notes = read_kernel_file(sys, AT_FDCWD, "/sys/kernel/notes")) {
    std::string id = build_id_of_notes(std::as_bytes(std::span(*notes)));
    if (!id.empty()) return id;
  }
  SKEP_TRY(auto release, read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/osrelease"));
  SKEP_TRY(auto version, read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/version"));
  return fmt::format("{:016x}{:016x}", hash(release), hash(version));
}

Result<std::string> boot_id(Syscalls& sys) {
  return read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/random/boot_id");
}

Result<std::string> read_kernel_file(Syscalls& sys, int directory, const char* path,
                                     std::size_t limit) {
  SKEP_TRY(const auto fd, open_kernel_file(sys, directory, path));
  return read_to_end<std::string>(sys, fd, path, 4096, limit);
}

Result<std::uint32_t> possible_cpus(Syscalls& sys) {
  SKEP_TRY(const auto cpus, possible_cpu_numbers(sys));
  return static_cast<std::uint32_t>(cpus.size());
}

Result<std::vector<std::uint32_t>> possible_cpu_numbers(Syscalls& sys) {
  return read_cpus(sys, "/sys/devices/system/cpu/possible");
}

Result<std::vector<std::uint32_t>> online_cpus(Syscalls& sys) {
  return read_cpus(sys, "/sys/devices/system/cpu/online");
}

}  // namespace skep::kernel
