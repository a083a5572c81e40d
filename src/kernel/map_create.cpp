#include "kernel/map_create.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/capability.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memlock.hpp"

namespace skep::kernel {
namespace {

bool is_per_cpu(MapType type) noexcept {
  return type == MapType::percpu_hash || type == MapType::percpu_array ||
         type == MapType::lru_percpu_hash || type == MapType::percpu_cgroup_storage;
}

bool is_ring(MapType type) noexcept {
  return type == MapType::ringbuf || type == MapType::user_ringbuf;
}

// Types whose maps refuse the BTF of key and value (libbpf 1.5, bpf_object__create_map).
bool refuses_types(MapType type) noexcept {
  switch (type) {
    case MapType::perf_event_array:
    case MapType::cgroup_array:
    case MapType::stack_trace:
    case MapType::array_of_maps:
    case MapType::hash_of_maps:
    case MapType::devmap:
    case MapType::devmap_hash:
    case MapType::cpumap:
    case MapType::xskmap:
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::queue:
    case MapType::stack:
    case MapType::arena:
      return true;
    default:
      return false;
  }
}

// A ring takes a power of two of pages: the next larger one when it is none, and unchanged what is
// too large, for the kernel to refuse.
std::uint32_t ring_bytes(std::uint32_t bytes) noexcept {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (bytes == 0) return 0;
  const std::uint64_t size = std::bit_ceil(std::max<std::uint64_t>(bytes, page));
  return size <= UINT32_MAX ? static_cast<std::uint32_t>(size) : bytes;
}

MapCreateAttributes attributes_of(const MapSpec& spec, const MapContext& context) {
  MapCreateAttributes attributes;
  attributes.type = static_cast<std::uint32_t>(spec.type);
  attributes.key_size = spec.key_size;
  attributes.value_size = spec.value_size;
  attributes.max_entries = spec.max_entries;
  attributes.flags = spec.flags;
  attributes.extra = spec.extra;
  attributes.kernel_value_type = context.kernel_value_type;
  if (context.module_types_fd >= 0) {
    attributes.value_types_fd = context.module_types_fd;
    attributes.flags |= map_flag_value_types_fd;
  }
  attributes.numa_node = spec.numa_node.value_or(0);
  const std::string& name = spec.kernel_name.empty() ? spec.name : spec.kernel_name;
  std::memcpy(attributes.name, name.data(), std::min(name.size(), name_length - 1));
  if (context.types_fd >= 0 && !refuses_types(spec.type)) {
    attributes.types_fd = static_cast<std::uint32_t>(context.types_fd);
    const bool values_only_for_readers = is_ring(spec.type);
    attributes.key_type = values_only_for_readers ? 0 : spec.key_type;
    const bool own = values_only_for_readers || spec.type == MapType::struct_ops;
    attributes.value_type = own ? 0 : spec.value_type;
  }
  return attributes;
}

long create(Syscalls& sys, MapCreateAttributes& attributes) {
  return with_memlock(sys, [&] { return call_bpf(sys, Command::map_create, attributes); });
}

std::string shape_of(const MapSpec& spec) {
  if (spec.type == MapType::ringbuf || spec.type == MapType::user_ringbuf) {
    return fmt::format("{} bytes", spec.max_entries);
  }
  return fmt::format("key {}, value {} bytes, {} entries", spec.key_size, spec.value_size,
                     spec.max_entries);
}

// As asked; else without the types of key and value; else without a name (before 4.15, and where
// the name has a character that an old kernel refuses). The first refusal is the one to report.
Result<Fd> create_somehow(Syscalls& sys, MapCreateAttributes attributes, const MapSpec& spec,
                          std::vector<std::string>& notes) {
  const long first = create(sys, attributes);
  if (first >= 0) return adopt(first);
  const auto reason = errno_name(static_cast<int>(-first));
  if (attributes.key_type != 0 || attributes.value_type != 0) {
    attributes.types_fd = attributes.key_type = attributes.value_type = 0;
    if (const long fd = create(sys, attributes); fd >= 0) {
      notes.push_back(fmt::format(
          "map '{}': the kernel refused the types of its key and value ({}); it has none",
          spec.name, reason));
      return adopt(fd);
    }
  }
  if (first == -EINVAL || first == -E2BIG) {
    std::memset(attributes.name, 0, name_length);
    if (const long fd = create(sys, attributes); fd >= 0) {
      notes.push_back(fmt::format("map '{}': the kernel refused its name ({}); it has none",
                                  spec.name, reason));
      return adopt(fd);
    }
  }
  Error error =
      Error::from_errno(static_cast<int>(-first),
                        fmt::format("create {} map '{}' ({})",
                                    name_of(spec.type).empty() ? "unknown" : name_of(spec.type),
                                    spec.name, shape_of(spec)));
  if (error.code() == EINVAL && (spec.flags & map_flag_link) != 0) {
    error = std::move(error).hint(
        "A struct_ops map that links register needs kernel 6.4: before, take "
        "SEC(\".struct_ops\").");
  }
  return std::unexpected(name_missing_capabilities(sys, std::move(error), spec.type));
}

}  // namespace

bool needs_cpus(const MapSpec& spec) noexcept {
  const bool own =
      is_per_cpu(spec.type) || (spec.type == MapType::perf_event_array && spec.max_entries == 0);
  return own || std::ranges::any_of(spec.inner, needs_cpus);
}

MapSpec as_created(MapSpec spec, const MapContext& context) {
  if (is_ring(spec.type)) {
    spec.key_size = spec.value_size = 0;
    spec.max_entries = ring_bytes(spec.max_entries);
  }
  if (spec.type == MapType::perf_event_array) {
    spec.key_size = spec.value_size = 4;
    if (spec.max_entries == 0) spec.max_entries = context.cpus;
  }
  return spec;
}

Map adopt_map(Syscalls& sys, Fd fd, MapSpec spec, const MapContext& context) {
  const std::size_t value_bytes =
      is_per_cpu(spec.type) ? round_up(spec.value_size, 8) * context.cpus : spec.value_size;
  return Map(sys, std::move(fd), std::move(spec), value_bytes);
}

Result<Map> create_map(Syscalls& sys, const MapSpec& asked, const MapContext& context,
                       std::vector<std::string>& notes) {
  MapSpec spec = as_created(asked, context);
  MapCreateAttributes attributes = attributes_of(spec, context);
  std::optional<Map> inner;  // only a pattern: the kernel takes its shape and lets it go
  if (!spec.inner.empty()) {
    SKEP_TRY(inner, create_map(sys, spec.inner.front(), context, notes));
    attributes.inner_map_fd = static_cast<std::uint32_t>(inner->fd());
  }
  SKEP_TRY(Fd fd, create_somehow(sys, attributes, spec, notes));
  return adopt_map(sys, std::move(fd), std::move(spec), context);
}

}  // namespace skep::kernel
