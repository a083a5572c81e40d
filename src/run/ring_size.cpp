#include "run/ring_size.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cstdint>

#include "base/error.hpp"
#include "base/quantity.hpp"
#include "object/rings.hpp"

namespace skep::run {
namespace {

constexpr std::uint64_t largest = 1ULL << 31;  // max_entries has 32 bits

}  // namespace

Result<void> set_ring_size(ObjectSpec& spec, std::string_view size) {
  if (size.empty()) return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto bytes = parse_size(size);
  if (!bytes || !std::has_single_bit(*bytes) || *bytes < page || *bytes > largest) {
    return fail(ErrorKind::invalid_argument,
                "--ring '{}': it takes a power of two of bytes, {} to 2048M: 256K, 4M", size, page);
  }
  bool any = false;
  for (auto& map : spec.maps) {
    const bool is_per_cpu = object::has_ring_per_cpu(spec, map);
    if (map.type != MapType::ringbuf && !is_per_cpu) continue;
    (is_per_cpu ? map.inner.front() : map).max_entries = static_cast<std::uint32_t>(*bytes);
    any = true;
  }
  if (any) return {};
  return fail(ErrorKind::invalid_argument, "--ring: {} has no ring buffer", spec.name);
}

}  // namespace skep::run
