#include "kernel/log_buffer.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "kernel/bpf.hpp"
#include "kernel/memory.hpp"

namespace skep::kernel {

static_assert(ENOSPC == 28);

Result<LogBuffer> LogBuffer::reserve(Syscalls& sys, std::uint32_t bytes) {
  SKEP_TRY(auto mapping,
           map_memory(sys, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, "memory for a log"));
  return LogBuffer(std::move(mapping));
}

std::uint64_t LogBuffer::address() const noexcept { return address_of(mapping_.bytes()); }

std::uint32_t LogBuffer::size() const noexcept {
  return static_cast<std::uint32_t>(mapping_.bytes().size());
}

std::string LogBuffer::text() const {
  const auto* start = reinterpret_cast<const char*>(mapping_.bytes().data());
  return std::string(start, ::strnlen(start, mapping_.bytes().size()));
}

}  // namespace skep::kernel
