// The names that bpftool prints (tools/lib/bpf/libbpf.c, map_type_name and prog_type_name).
#include <array>
#include <cstddef>

#include "skep/spec.hpp"

namespace skep {
namespace {

constexpr std::array<std::string_view, 35> map_types = {"unspec",
                                                        "hash",
                                                        "array",
                                                        "prog_array",
                                                        "perf_event_array",
                                                        "percpu_hash",
                                                        "percpu_array",
                                                        "stack_trace",
                                                        "cgroup_array",
                                                        "lru_hash",
                                                        "lru_percpu_hash",
                                                        "lpm_trie",
                                                        "array_of_maps",
                                                        "hash_of_maps",
                                                        "devmap",
                                                        "sockmap",
                                                        "cpumap",
                                                        "xskmap",
                                                        "sockhash",
                                                        "cgroup_storage",
                                                        "reuseport_sockarray",
                                                        "percpu_cgroup_storage",
                                                        "queue",
                                                        "stack",
                                                        "sk_storage",
                                                        "devmap_hash",
                                                        "struct_ops",
                                                        "ringbuf",
                                                        "inode_storage",
                                                        "task_storage",
                                                        "bloom_filter",
                                                        "user_ringbuf",
                                                        "cgrp_storage",
                                                        "arena",
                                                        "insn_array"};

constexpr std::array<std::string_view, 33> program_types = {"unspec",
                                                            "socket_filter",
                                                            "kprobe",
                                                            "sched_cls",
                                                            "sched_act",
                                                            "tracepoint",
                                                            "xdp",
                                                            "perf_event",
                                                            "cgroup_skb",
                                                            "cgroup_sock",
                                                            "lwt_in",
                                                            "lwt_out",
                                                            "lwt_xmit",
                                                            "sock_ops",
                                                            "sk_skb",
                                                            "cgroup_device",
                                                            "sk_msg",
                                                            "raw_tracepoint",
                                                            "cgroup_sock_addr",
                                                            "lwt_seg6local",
                                                            "lirc_mode2",
                                                            "sk_reuseport",
                                                            "flow_dissector",
                                                            "cgroup_sysctl",
                                                            "raw_tracepoint_writable",
                                                            "cgroup_sockopt",
                                                            "tracing",
                                                            "struct_ops",
                                                            "ext",
                                                            "lsm",
                                                            "sk_lookup",
                                                            "syscall",
                                                            "netfilter"};

template <std::size_t Count>
std::string_view name_at(const std::array<std::string_view, Count>& names, std::uint32_t number) {
  return number < names.size() ? names[number] : std::string_view();
}

}  // namespace

std::string_view name_of(MapType type) noexcept {
  return name_at(map_types, static_cast<std::uint32_t>(type));
}

std::string_view name_of(ProgramType type) noexcept {
  return name_at(program_types, static_cast<std::uint32_t>(type));
}

std::string_view name_of(ExternSpec::Kind kind) noexcept {
  static constexpr std::array<std::string_view, 4> names = {"kconfig", "address", "variable",
                                                            "function"};
  return name_at(names, static_cast<std::uint32_t>(kind));
}

}  // namespace skep
