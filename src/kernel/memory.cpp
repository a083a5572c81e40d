#include "kernel/memory.hpp"

#include "base/error.hpp"

namespace skep::kernel {

namespace {

Result<Mapping> take(Syscalls& sys, long address, std::size_t length, std::string_view what) {
  // The raw call's errors are the last page of addresses (IS_ERR_VALUE in include/linux/err.h).
  if (address < 0 && address >= -4095) {
    return fail_errno(static_cast<int>(-address), "map {} bytes of {}", length, what);
  }
  auto* start = reinterpret_cast<std::byte*>(address);  // NOLINT(performance-no-int-to-ptr)
  return Mapping(sys, std::span(start, length));
}

}  // namespace

Result<Mapping> map_memory(Syscalls& sys, std::size_t length, int protection, int flags, int fd,
                           std::size_t offset, std::string_view what) {
  const long at = sys.mmap(nullptr, length, protection, flags, fd, static_cast<long>(offset));
  return take(sys, at, length, what);
}

Result<Mapping> map_memory_at(Syscalls& sys, std::uint64_t address, std::size_t length,
                              int protection, int flags, int fd, std::string_view what) {
  auto* wish = reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
  return take(sys, sys.mmap(wish, length, protection, flags, fd, 0), length, what);
}

}  // namespace skep::kernel
