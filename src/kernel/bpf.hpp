// kernel/bpf.hpp: the commands of bpf(2) that skep uses and their attributes.
//
// Own declarations of include/uapi/linux/bpf.h, since a distribution's header is older than the
// kernels that skep runs on. Every struct starts out zero, padding included: the kernel accepts
// attributes that are longer than it knows as long as the rest is zero (bpf_check_uarg_tail_zero
// in kernel/bpf/syscall.c), so that the same struct serves old and new kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/syscalls.hpp"

namespace skep::kernel {

// enum bpf_cmd
enum class Command : std::uint32_t {
  map_create = 0,
  map_lookup = 1,
  map_update = 2,
  map_delete = 3,
  map_next_key = 4,
  program_load = 5,
  object_pin = 6,
  object_get = 7,
  program_attach = 8,
  program_detach = 9,
  program_test_run = 10,
  program_next_id = 11,
  map_next_id = 12,
  program_by_id = 13,
  map_by_id = 14,
  info_by_fd = 15,
  program_query = 16,
  raw_tracepoint_open = 17,
  types_load = 18,
  types_by_id = 19,
  task_fd_query = 20,
  map_take = 21,  // BPF_MAP_LOOKUP_AND_DELETE_ELEM
  map_freeze = 22,
  types_next_id = 23,
  map_lookup_batch = 24,
  map_take_batch = 25,  // BPF_MAP_LOOKUP_AND_DELETE_BATCH
  map_update_batch = 26,
  map_delete_batch = 27,
  link_create = 28,
  link_update = 29,
  link_by_id = 30,
  link_next_id = 31,
  enable_stats = 32,
  iterator_create = 33,
  link_detach = 34,
  program_bind_map = 35,
};

// Addresses travel as 64-bit integers (__aligned_u64).
using Address = std::uint64_t;
[[nodiscard]] inline Address address_of(const void* pointer) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer);
}
[[nodiscard]] inline Address address_of(std::span<const std::byte> bytes) noexcept {
  return bytes.empty() ? 0 : address_of(static_cast<const void*>(bytes.data()));
}

inline constexpr std::size_t name_length = 16;  // BPF_OBJ_NAME_LEN, the NUL included

// BPF_MAP_CREATE: flags of a map
inline constexpr std::uint32_t map_flag_mmapable = 1U << 10;        // kernel 5.5
inline constexpr std::uint32_t map_flag_link = 1U << 13;            // struct_ops, kernel 6.4
inline constexpr std::uint32_t map_flag_value_types_fd = 1U << 15;  // kernel 6.9

struct MapCreateAttributes {
  std::uint32_t type = 0;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  std::uint32_t inner_map_fd = 0;
  std::uint32_t numa_node = 0;
  char name[name_length] = {};
  std::uint32_t ifindex = 0;
  std::uint32_t types_fd = 0;
  std::uint32_t key_type = 0;
  std::uint32_t value_type = 0;
  std::uint32_t kernel_value_type = 0;
  std::uint64_t extra = 0;
  std::int32_t value_types_fd = 0;
  std::int32_t token_fd = 0;
};
static_assert(sizeof(MapCreateAttributes) == 80 && offsetof(MapCreateAttributes, extra) == 64);

// BPF_MAP_*_ELEM, BPF_MAP_GET_NEXT_KEY, BPF_MAP_FREEZE (the first field only)
struct ElementAttributes {
  std::uint32_t map_fd = 0;
  std::uint32_t padding = 0;
  Address key = 0;
  Address value = 0;  // or where the next key goes
  std::uint64_t flags = 0;
};
static_assert(sizeof(ElementAttributes) == 32);

struct BatchAttributes {  // BPF_MAP_*_BATCH
  Address from = 0;       // where the kernel went on to; 0: from the start
  Address to = 0;         // where it writes how far it went
  Address keys = 0;
  Address values = 0;
  std::uint32_t count = 0;  // room for entries; then how many there are
  std::uint32_t map_fd = 0;
  std::uint64_t element_flags = 0;
  std::uint64_t flags = 0;
};
static_assert(sizeof(BatchAttributes) == 56);

struct MapFreezeAttributes {
  std::uint32_t map_fd = 0;
};

struct PinAttributes {  // BPF_OBJ_PIN, BPF_OBJ_GET
  Address path = 0;
  std::uint32_t fd = 0;
  std::uint32_t flags = 0;
  std::int32_t directory_fd = 0;  // with BPF_F_PATH_FD only (kernel 6.5)
  std::uint32_t padding = 0;
};
static_assert(sizeof(PinAttributes) == 24);

struct ProgramLoadAttributes {
  std::uint32_t type = 0;
  std::uint32_t instruction_count = 0;
  Address instructions = 0;
  Address license = 0;
  std::uint32_t log_level = 0;
  std::uint32_t log_size = 0;
  Address log = 0;
  std::uint32_t kernel_version = 0;
  std::uint32_t flags = 0;
  char name[name_length] = {};
  std::uint32_t ifindex = 0;
  std::uint32_t attach_type = 0;
  std::uint32_t types_fd = 0;
  std::uint32_t function_info_size = 0;  // of one record
  Address function_info = 0;
  std::uint32_t function_info_count = 0;
  std::uint32_t line_info_size = 0;
  Address line_info = 0;
  std::uint32_t line_info_count = 0;
  std::uint32_t attach_type_id = 0;
  std::uint32_t attach_object_fd = 0;
  std::uint32_t core_relocation_count = 0;
  Address fd_array = 0;
  Address core_relocations = 0;
  std::uint32_t core_relocation_size = 0;
  std::uint32_t log_true_size = 0;  // written by the kernel (6.4): bytes that the whole log takes
  std::int32_t token_fd = 0;
  std::uint32_t fd_array_count = 0;
};
static_assert(sizeof(ProgramLoadAttributes) == 152 &&
              offsetof(ProgramLoadAttributes, function_info) == 80 &&
              offsetof(ProgramLoadAttributes, attach_type_id) == 108 &&
              offsetof(ProgramLoadAttributes, log_true_size) == 140);

// BPF_F_TEST_RUN_ON_CPU, BPF_F_TEST_XDP_LIVE_FRAMES
inline constexpr std::uint32_t test_run_on_cpu = 1U << 0, test_run_live_frames = 1U << 1;

struct TestRunAttributes {  // BPF_PROG_TEST_RUN
  std::uint32_t program_fd = 0;
  std::uint32_t return_value = 0;  // written by the kernel
  std::uint32_t data_in_size = 0;
  std::uint32_t data_out_size = 0;  // room; then how long the data are
  Address data_in = 0;
  Address data_out = 0;
  std::uint32_t repeat = 0;
  std::uint32_t duration = 0;  // ns of one run; written by the kernel
  std::uint32_t context_in_size = 0;
  std::uint32_t context_out_size = 0;
  Address context_in = 0;
  Address context_out = 0;
  std::uint32_t flags = 0;
  std::uint32_t cpu = 0;
  std::uint32_t batch_size = 0;  // kernel 5.18
  std::uint32_t padding = 0;
};
static_assert(sizeof(TestRunAttributes) == 80 && offsetof(TestRunAttributes, context_in) == 48);

struct BindMapAttributes {  // BPF_PROG_BIND_MAP
  std::uint32_t program_fd = 0;
  std::uint32_t map_fd = 0;
  std::uint32_t flags = 0;
};

struct TypesLoadAttributes {
  Address types = 0;
  Address log = 0;
  std::uint32_t size = 0;
  std::uint32_t log_size = 0;
  std::uint32_t log_level = 0;
  std::uint32_t log_true_size = 0;
  std::uint32_t flags = 0;
  std::int32_t token_fd = 0;
};
static_assert(sizeof(TypesLoadAttributes) == 40);

struct RawTracepointAttributes {
  Address name = 0;  // 0 for a program that was bound to its hook at load
  std::uint32_t program_fd = 0;
  std::uint32_t padding = 0;
  std::uint64_t cookie = 0;  // kernel 6.10
};
static_assert(sizeof(RawTracepointAttributes) == 24);

inline constexpr std::uint32_t attach_struct_ops = 44;  // BPF_STRUCT_OPS, kernel 6.4
struct IteratorCreateAttributes {
  std::uint32_t link_fd = 0;
  std::uint32_t flags = 0;
};

struct AttachAttributes {  // BPF_PROG_ATTACH, BPF_PROG_DETACH
  std::uint32_t target_fd = 0;
  std::uint32_t program_fd = 0;
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;
  std::uint32_t replaced_fd = 0;  // with attach_flag_replace; kernel 5.6
};
static_assert(sizeof(AttachAttributes) == 20);

// BPF_F_ALLOW_OVERRIDE, BPF_F_ALLOW_MULTI, BPF_F_REPLACE (the last one also of BPF_LINK_UPDATE)
inline constexpr std::uint32_t attach_flag_override = 1, attach_flag_multi = 2,
                               attach_flag_replace = 4;

struct QueryAttributes {     // BPF_PROG_QUERY
  std::uint32_t target = 0;  // a descriptor, or the index of an interface
  std::uint32_t attach_type = 0;
  std::uint32_t query_flags = 0;
  std::uint32_t attach_flags = 0;  // written by the kernel
  Address program_ids = 0;
  std::uint32_t count = 0;  // room for ids; then how many there are
  std::uint32_t padding = 0;
};
static_assert(sizeof(QueryAttributes) == 32);

struct LinkUpdateAttributes {  // BPF_LINK_UPDATE
  std::uint32_t link_fd = 0;
  std::uint32_t program_fd = 0;  // or a struct_ops map
  std::uint32_t flags = 0;
  std::uint32_t expected_fd = 0;  // with attach_flag_replace: what the link must hold
};
static_assert(sizeof(LinkUpdateAttributes) == 16);

struct LinkDetachAttributes {  // BPF_LINK_DETACH
  std::uint32_t link_fd = 0;
};

inline constexpr std::uint32_t attach_perf_event = 41;  // BPF_PERF_EVENT, kernel 5.15

struct PerfLinkAttributes {  // BPF_LINK_CREATE
  std::uint32_t program_fd = 0;
  std::uint32_t event_fd = 0;
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;
  std::uint64_t cookie = 0;
};
static_assert(sizeof(PerfLinkAttributes) == 24);

struct IdAttributes {  // BPF_*_GET_NEXT_ID, BPF_*_GET_FD_BY_ID
  std::uint32_t id = 0;
  std::uint32_t next = 0;
  std::uint32_t open_flags = 0;
};
static_assert(sizeof(IdAttributes) == 12);

struct EnableStatsAttributes {  // BPF_ENABLE_STATS
  std::uint32_t type = 0;       // BPF_STATS_RUN_TIME
};

struct TaskFdAttributes {  // BPF_TASK_FD_QUERY
  std::uint32_t process = 0;
  std::uint32_t fd = 0;
  std::uint32_t flags = 0;
  std::uint32_t length = 0;  // of the buffer for a name; 0: no name
  Address buffer = 0;
  std::uint32_t program_id = 0;  // written by the kernel
  std::uint32_t type = 0;
  std::uint64_t probe_offset = 0;
  std::uint64_t probe_address = 0;
};
static_assert(sizeof(TaskFdAttributes) == 48);

struct InfoAttributes {  // BPF_OBJ_GET_INFO_BY_FD
  std::uint32_t fd = 0;
  std::uint32_t length = 0;
  Address info = 0;
};
static_assert(sizeof(InfoAttributes) == 16);

// What BPF_OBJ_GET_INFO_BY_FD fills in, up to the last field that skep reads. The kernel copies at
// most what it knows; the rest stays zero.
struct ProgramInfoRecord {  // struct bpf_prog_info
  std::uint32_t type = 0;
  std::uint32_t id = 0;
  std::uint8_t tag[8] = {};
  std::uint32_t jited_length = 0;
  std::uint32_t translated_length = 0;
  Address jited = 0;
  Address translated = 0;
  std::uint64_t load_time = 0;  // ns since boot
  std::uint32_t created_by_uid = 0;
  std::uint32_t map_count = 0;
  Address map_ids = 0;
  char name[name_length] = {};
  std::uint32_t ifindex = 0;
  std::uint32_t gpl_compatible = 0;
  std::uint64_t namespace_device = 0;
  std::uint64_t namespace_inode = 0;
  std::uint32_t jited_symbol_count = 0;
  std::uint32_t jited_function_count = 0;
  Address jited_symbols = 0;
  Address jited_functions = 0;
  std::uint32_t types_id = 0;
  std::uint32_t function_info_size = 0;
  Address function_info = 0;
  std::uint32_t function_info_count = 0;
  std::uint32_t line_info_count = 0;
  Address line_info = 0;
  Address jited_line_info = 0;
  std::uint32_t jited_line_info_count = 0;
  std::uint32_t line_info_size = 0;
  std::uint32_t jited_line_info_size = 0;
  std::uint32_t tag_count = 0;
  Address tags = 0;
  std::uint64_t run_time = 0;               // ns; counted while kernel.bpf_stats_enabled
  std::uint64_t run_count = 0;              // kernel 5.1
  std::uint64_t recursion_misses = 0;       // kernel 5.12
  std::uint32_t verified_instructions = 0;  // kernel 5.16
  std::uint32_t attach_object_id = 0;
  std::uint32_t attach_type_id = 0;
  std::uint32_t padding = 0;
};
static_assert(sizeof(ProgramInfoRecord) == 232 && offsetof(ProgramInfoRecord, name) == 64 &&
              offsetof(ProgramInfoRecord, run_time) == 192);

struct MapInfoRecord {  // struct bpf_map_info
  std::uint32_t type = 0;
  std::uint32_t id = 0;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  char name[name_length] = {};
  std::uint32_t ifindex = 0;
  std::uint32_t kernel_value_type = 0;
  std::uint64_t namespace_device = 0;
  std::uint64_t namespace_inode = 0;
  std::uint32_t types_id = 0;
  std::uint32_t key_type = 0;
  std::uint32_t value_type = 0;
  std::uint32_t kernel_types_id = 0;
  std::uint64_t extra = 0;  // kernel 5.16
};
static_assert(sizeof(MapInfoRecord) == 88 && offsetof(MapInfoRecord, extra) == 80);

struct TypesInfoRecord {  // struct bpf_btf_info
  Address types = 0;      // where they go, `size` bytes at most
  std::uint32_t size = 0;
  std::uint32_t id = 0;
  Address name = 0;  // where it goes; kernel 5.11
  std::uint32_t name_length = 0;
  std::uint32_t is_kernels = 0;  // its own types, or a module's
};
static_assert(sizeof(TypesInfoRecord) == 32);

struct LinkInfoRecord {  // struct bpf_link_info
  std::uint32_t type = 0;
  std::uint32_t id = 0;
  std::uint32_t program_id = 0;
  std::uint32_t padding = 0;
  std::uint32_t target[14] = {};  // what it is depends on the type: kernel/link_info.cpp
};
static_assert(sizeof(LinkInfoRecord) == 72 && offsetof(LinkInfoRecord, target) == 16);

// bpf(2): >= 0, or a negative errno.
template <typename Attributes>
long call_bpf(Syscalls& sys, Command command, Attributes& attributes) {
  return sys.bpf(static_cast<std::uint32_t>(command), &attributes, sizeof(Attributes));
}

}  // namespace skep::kernel
