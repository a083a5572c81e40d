// skep/spec.hpp: what an object file says, before the kernel saw it.
//
// A spec is plain data: copyable, the same for the same bytes, made without any privilege and
// without a system call beyond reading the file. Edit it (globals, map sizes, which programs),
// then give it to Object::load (skep/object.hpp).
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "skep/btf.hpp"
#include "skep/insn.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// BPF_MAP_TYPE_* with the kernel's numbers (include/uapi/linux/bpf.h). A number that has no name
// here is legal: it goes to the kernel as it is.
enum class MapType : std::uint32_t {
  unspecified = 0,
  hash = 1,
  array = 2,
  prog_array = 3,
  perf_event_array = 4,
  percpu_hash = 5,
  percpu_array = 6,
  stack_trace = 7,
  cgroup_array = 8,
  lru_hash = 9,
  lru_percpu_hash = 10,
  lpm_trie = 11,
  array_of_maps = 12,
  hash_of_maps = 13,
  devmap = 14,
  sockmap = 15,
  cpumap = 16,
  xskmap = 17,
  sockhash = 18,
  cgroup_storage = 19,
  reuseport_sockarray = 20,
  percpu_cgroup_storage = 21,
  queue = 22,
  stack = 23,
  sk_storage = 24,
  devmap_hash = 25,
  struct_ops = 26,
  ringbuf = 27,
  inode_storage = 28,
  task_storage = 29,
  bloom_filter = 30,
  user_ringbuf = 31,
  cgrp_storage = 32,
  arena = 33,
};

// BPF_PROG_TYPE_* with the kernel's numbers.
enum class ProgramType : std::uint32_t {
  unspecified = 0,
  socket_filter = 1,
  kprobe = 2,
  sched_cls = 3,
  sched_act = 4,
  tracepoint = 5,
  xdp = 6,
  perf_event = 7,
  cgroup_skb = 8,
  cgroup_sock = 9,
  lwt_in = 10,
  lwt_out = 11,
  lwt_xmit = 12,
  sock_ops = 13,
  sk_skb = 14,
  cgroup_device = 15,
  sk_msg = 16,
  raw_tracepoint = 17,
  cgroup_sock_addr = 18,
  lwt_seg6local = 19,
  lirc_mode2 = 20,
  sk_reuseport = 21,
  flow_dissector = 22,
  cgroup_sysctl = 23,
  raw_tracepoint_writable = 24,
  cgroup_sockopt = 25,
  tracing = 26,
  struct_ops = 27,
  ext = 28,
  lsm = 29,
  sk_lookup = 30,
  syscall = 31,
  netfilter = 32,
};

// "ringbuf", "raw_tracepoint": as bpftool prints them. Empty for a number without a name.
[[nodiscard]] std::string_view name_of(MapType type) noexcept;
[[nodiscard]] std::string_view name_of(ProgramType type) noexcept;

// One of the object's data sections: global variables live in such a map.
enum class DataSection : std::uint8_t { none, data, rodata, bss, kconfig };

// No data section may be larger: nobody's globals are, and a file of some hundred bytes can claim
// any size for its .bss.
inline constexpr std::uint32_t max_data_section_bytes = 256U << 20;

// What stands in a map of maps or of programs from the beginning.
struct MapSlot {
  std::uint32_t index = 0;   // the key; in a struct_ops map the byte offset of the pointer
  std::uint32_t target = 0;  // prog_array, struct_ops: into ObjectSpec::programs; else into ::maps
};

// A map as the object declares it.
struct MapSpec {
  std::string name;         // as the object calls it: "events", ".rodata"
  std::string kernel_name;  // as the kernel is told: at most 15 bytes, "execsnoo.rodata"
  MapType type = MapType::unspecified;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;  // BPF_F_*
  std::uint64_t extra = 0;  // map_extra
  std::optional<std::uint32_t> numa_node;
  bool pin_by_name = false;  // LIBBPF_PIN_BY_NAME: below LoadOptions::pin_root
  // Where in a bpffs the map is, or is to be, pinned; empty: as pin_by_name says. A map that is
  // pinned there already is used, when it is like this one.
  std::filesystem::path pin_path;
  // false: Object::load leaves it out. The instructions that refer to it are replaced by an invalid
  // call, which harms only a program that could reach them.
  bool autocreate = true;
  btf::TypeId key_type = 0;  // in ObjectSpec::types; 0 where nothing is known
  btf::TypeId value_type = 0;
  DataSection section = DataSection::none;
  // First bytes of the value of a data section, of a struct_ops map (the struct as the object has
  // it) or of an arena; what is missing is zero.
  std::vector<std::byte> contents;
  std::vector<MapSpec> inner;  // a map of maps: at most one, what its values look like
  std::vector<MapSlot> slots;  // __array(values, …) = {…}: sorted by index
  std::string struct_ops;      // a struct_ops map: its struct, "tcp_congestion_ops"
  // The map's own definition, for messages and for plan: byte offset and section in the file.
  std::string section_name;
  std::uint64_t section_offset = 0;

  // Whether global variables live in it.
  [[nodiscard]] bool is_data() const noexcept { return section != DataSection::none; }
};

// A place in the instructions that waits for something outside the function. Instruction indices,
// here and below, count from the function's first instruction.
struct Relocation {
  enum class Kind : std::uint8_t {
    map,           // lddw: the map's descriptor
    map_value,     // lddw: an address inside a data section
    call,          // call of a function of the object
    function,      // lddw: address of a function of the object (callbacks)
    extern_value,  // lddw: address of what the kernel has, or its BTF id
    extern_call,   // call of a function of the kernel
  };
  Kind kind = Kind::map;
  std::uint32_t instruction = 0;
  // map: index into ObjectSpec::maps; call, function: into ::functions; extern_*: into ::externs
  std::uint32_t target = 0;
  std::uint32_t offset = 0;  // map_value: bytes from the start of the section
};

// The type of the function that begins at an instruction.
struct FunctionInfo {
  std::uint32_t instruction = 0;
  btf::TypeId type = 0;
};

// The source line that an instruction was made from.
struct LineInfo {
  std::uint32_t instruction = 0;
  std::uint32_t file_name = 0;    // string offset in ObjectSpec::types
  std::uint32_t line = 0;         // string offset: the source text
  std::uint32_t line_column = 0;  // line << 10 | column
};

// One CO-RE relocation: an instruction that holds a fact about the kernel's types.
struct CoreRelocation {
  std::uint32_t instruction = 0;
  btf::TypeId type = 0;      // the local type
  std::uint32_t access = 0;  // string offset: "0:1:2"
  std::uint32_t kind = 0;    // enum bpf_core_relo_kind
};

// One function of the object: a program's entry, or a subprogram.
struct FunctionSpec {
  std::string name;
  std::string section;
  std::uint32_t section_offset = 0;  // in instructions
  bool global = false;               // a hidden or static function is verified with its callers
  std::vector<Insn> instructions;
  std::vector<Relocation> relocations;           // sorted by instruction
  std::vector<CoreRelocation> core_relocations;  // sorted by instruction
  std::vector<FunctionInfo> function_info;
  std::vector<LineInfo> line_info;
};

// A program as the object declares it.
struct ProgramSpec {
  std::string name;
  std::string section;         // as written in SEC("…")
  std::uint32_t function = 0;  // index into ObjectSpec::functions
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;  // expected_attach_type: BPF_TRACE_RAW_TP …
  std::string attach_to;          // what follows the kind of hook: "sched/sched_process_exec"
  std::uint32_t flags = 0;        // BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS …
  bool autoload = true;           // false for SEC("?…")
  // It hangs on another BPF program, which Object::load is told of (LoadOptions::targets).
  bool attaches_to_program = false;
};

// A global variable of the program: where its bytes are and what type they have.
struct Variable {
  std::string name;
  std::uint32_t map = 0;     // index into ObjectSpec::maps
  std::uint32_t offset = 0;  // bytes
  std::uint32_t size = 0;    // bytes
  btf::TypeId type = 0;      // 0 without BTF
};

// What the object expects the kernel to have: `extern … __kconfig` and `extern … __ksym`.
struct ExternSpec {
  enum class Kind : std::uint8_t {
    kconfig,   // a value of the kernel's configuration: CONFIG_HZ, LINUX_KERNEL_VERSION
    address,   // a symbol without a type: extern const void bpf_link_fops __ksym
    variable,  // a variable, found by its type: extern const struct rq runqueues __ksym
    function,  // a function (kfunc): extern void bpf_rcu_read_lock(void) __ksym
  };
  std::string name;
  Kind kind = Kind::kconfig;
  bool weak = false;         // __weak: 0 where the kernel has none, instead of an error
  btf::TypeId type = 0;      // in ObjectSpec::types: the variable's, the prototype; address: 0
  std::uint32_t offset = 0;  // kconfig: bytes, in the map ".kconfig"
  std::uint32_t size = 0;    // kconfig: bytes
};

// "kconfig", "address", "variable", "function".
[[nodiscard]] std::string_view name_of(ExternSpec::Kind kind) noexcept;

// All that an object file says.
struct ObjectSpec {
  std::string name;  // file name without directory and suffixes; at most 15 bytes reach the kernel
  std::string license;  // "" when the object has no license section
  std::uint32_t kernel_version = 0;
  std::vector<FunctionSpec> functions;  // in order of section and offset
  std::vector<ProgramSpec> programs;    // in the same order
  std::vector<MapSpec> maps;            // those of .maps, the data sections, then .struct_ops
  std::vector<Variable> variables;
  // Those of __kconfig by alignment, size and name, then those of __ksym by name. The values of
  // the former become the contents of the map ".kconfig" when the object is loaded.
  std::vector<ExternSpec> externs;
  Btf types;  // the object's .BTF with sections' sizes and offsets set

  // Reads and parses a file. At most 64 MiB. Errors: not_found, bad_input.
  static Result<ObjectSpec> open(const std::filesystem::path& path);
  // Parses the bytes of an object file.
  static Result<ObjectSpec> parse(std::span<const std::byte> bytes, std::string_view name);

  // nullptr when there is none of that name.
  [[nodiscard]] ProgramSpec* find_program(std::string_view name) noexcept;
  [[nodiscard]] const ProgramSpec* find_program(std::string_view name) const noexcept;
  // nullptr when there is none of that name.
  [[nodiscard]] MapSpec* find_map(std::string_view name) noexcept;
  [[nodiscard]] const MapSpec* find_map(std::string_view name) const noexcept;
  // nullptr when there is none of that name.
  [[nodiscard]] const Variable* find_variable(std::string_view name) const noexcept;

  // Sets a global before load. The value must fit the variable's integer, bool, enum or float
  // type; otherwise, or when there is no such variable, an error that names what there is.
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  Result<void> set(std::string_view variable, T value) {
    return set_integer(variable, static_cast<std::uint64_t>(value), std::is_signed_v<T>);
  }
  // A char array: NUL-padded; an error when it would not leave room for the NUL.
  Result<void> set(std::string_view variable, std::string_view text);
  Result<void> set(std::string_view variable, const char* text) {
    return set(variable, std::string_view(text));
  }
  // Any variable, by its exact bytes in the machine's byte order.
  Result<void> set(std::string_view variable, std::span<const std::byte> bytes);

  // The variable's initial bytes, as they stand now. Precondition: it is one of `variables`.
  [[nodiscard]] std::vector<std::byte> bytes_of(const Variable& variable) const;

  // Gives a section name of your own a meaning, before load: programs whose SEC("…") begins with
  // `prefix` are treated as if `stands_for` stood there instead, so that after
  // define_section("on_call/", "tracepoint/syscalls/sys_enter_") a program in SEC("on_call/openat")
  // is one of SEC("tracepoint/syscalls/sys_enter_openat"). For what no known name says, set the
  // program's type, attach_type and flags yourself and attach it to a Hook. Returns how many
  // programs there are; those of a known name that begins so are among them. Errors:
  // invalid_argument without a prefix; unsupported when what comes out is no known name, and then
  // nothing is changed.
  Result<std::size_t> define_section(std::string_view prefix, std::string_view stands_for);

  // Makes the array at the end of a data section larger or smaller before load, so that the section
  // has `bytes` bytes: the way to size a global array by what the machine has. `section` is the
  // map's name, ".data.events". The array's type grows with it. Errors: not_found;
  // invalid_argument when the section does not end in an array of whole elements, or would lose
  // another variable.
  Result<void> resize(std::string_view section, std::uint32_t bytes);

 private:
  Result<void> set_integer(std::string_view variable, std::uint64_t value, bool is_signed);
};

}  // namespace skep
#pragma GCC visibility pop
