// What a map of each type needs to be made: the map_alloc_check functions of kernel/bpf/*.c,
// net/core/sock_map.c, net/core/bpf_sk_storage.c.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memlock.hpp"
#include "kernel/probe.hpp"

namespace skep {

using kernel::no;
using kernel::unknown;
using kernel::yes;

namespace {

constexpr std::uint32_t no_prealloc = 1;

// A BTF with one type, `int`, which has id 1.
Fd load_int(kernel::Syscalls& sys) {
  struct {
    std::uint16_t magic = 0xeb9f;
    std::uint8_t version = 1, flags = 0;
    std::uint32_t header = 24, types_at = 0, types = 16, strings_at = 16, strings = 5;
    std::uint32_t name = 1, info = 1U << 24, size = 4, encoding = 1U << 24 | 32;
    char text[8] = "\0int";
  } types;
  static_assert(sizeof(types) == 48);
  kernel::TypesLoadAttributes attributes;
  attributes.types = kernel::address_of(&types);
  attributes.size = 24 + 16 + 5;
  const long result = kernel::with_memlock(
      sys, [&] { return kernel::call_bpf(sys, kernel::Command::types_load, attributes); });
  return result >= 0 ? kernel::adopt(result) : Fd();
}

struct Sizes {
  std::uint32_t key = 4, value = 4, entries = 1, flags = 0;
};

Sizes sizes_of(MapType type) {
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  switch (type) {
    case MapType::stack_trace:
    case MapType::reuseport_sockarray:
      return {.value = 8};
    case MapType::lpm_trie:
      return {.key = 8, .value = 8, .flags = no_prealloc};
    case MapType::cgroup_storage:
    case MapType::percpu_cgroup_storage:
      return {.key = 16, .value = 8, .entries = 0};  // struct bpf_cgroup_storage_key
    case MapType::queue:
    case MapType::stack:
    case MapType::bloom_filter:
      return {.key = 0};
    case MapType::ringbuf:
    case MapType::user_ringbuf:
      return {.key = 0, .value = 0, .entries = page};
    case MapType::arena:
      return {.key = 0, .value = 0, .flags = kernel::map_flag_mmapable};
    case MapType::sk_storage:
    case MapType::inode_storage:
    case MapType::task_storage:
    case MapType::cgrp_storage:
      return {.entries = 0, .flags = no_prealloc};
    default:
      return {};
  }
}

}  // namespace

Support Features::map_type(MapType type) { return state_->map(type, 0); }

Support Features::State::map(MapType type, std::uint32_t flags) {
  const auto sizes = sizes_of(type);
  kernel::MapCreateAttributes attributes;
  attributes.type = static_cast<std::uint32_t>(type);
  attributes.key_size = sizes.key;
  attributes.value_size = sizes.value;
  attributes.max_entries = sizes.entries;
  attributes.flags = sizes.flags | flags;
  const auto make = [&] {
    return kernel::with_memlock(
        *sys, [&] { return kernel::call_bpf(*sys, kernel::Command::map_create, attributes); });
  };
  Fd int_types, inner;
  const bool is_storage = type == MapType::sk_storage || type == MapType::inode_storage ||
                          type == MapType::task_storage || type == MapType::cgrp_storage;
  if (is_storage || type == MapType::struct_ops) {
    int_types = load_int(*sys);
    attributes.types_fd = static_cast<std::uint32_t>(int_types.get());
  }
  if (is_storage) attributes.key_type = attributes.value_type = 1;
  if (type == MapType::array_of_maps || type == MapType::hash_of_maps) {
    kernel::MapCreateAttributes pattern;
    pattern.type = static_cast<std::uint32_t>(MapType::array);
    pattern.key_size = pattern.value_size = 4;
    pattern.max_entries = 1;
    const long made = kernel::call_bpf(*sys, kernel::Command::map_create, pattern);
    if (made >= 0) inner = kernel::adopt(made);
    attributes.inner_map_fd = static_cast<std::uint32_t>(inner.get());
  }
  if (type == MapType::struct_ops) {
    const auto id = find("bpf_struct_ops_tcp_congestion_ops", btf::Kind::struct_);
    if (id == 0) return no("the kernel's types have no bpf_struct_ops_tcp_congestion_ops");
    attributes.kernel_value_type = id;
    attributes.value_size = types()->type(id).size();
  }
  const long result = make();
  if (result >= 0) {
    const Fd made = kernel::adopt(result);
    return yes();
  }
  switch (result) {
    case -EPERM:
      return refused(type);
    case -EINVAL:
      if (name_of(type).empty()) {
        return unknown("skep does not know what a map of this type needs (EINVAL)");
      }
      return no("the kernel does not know it (EINVAL)");
    case -E2BIG:
      return no("the kernel does not know its attributes (E2BIG)");
    case -EOPNOTSUPP:
    case -524:
      return no(fmt::format("the kernel was built without it ({})",
                            errno_name(static_cast<int>(-result))));
    default:
      return unknown(fmt::format("bpf(2) says {}", errno_name(static_cast<int>(-result))));
  }
}

}  // namespace skep
