#include "oracle/recorder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace oracle {

struct Recorder::Attributes {
  bpf_attr bpf;
};

namespace {

// Kernels give a map of any size; a sparse memfd does, but not a petabyte.
constexpr std::uint64_t largest_memory = std::uint64_t{1} << 32;

template <typename T>
const T* pointer(std::uint64_t address) {
  return reinterpret_cast<const T*>(address);
}

std::byte* pointer_to(std::uint64_t address) { return reinterpret_cast<std::byte*>(address); }

constexpr std::uint32_t target_types_id = 77;

Blob copy(std::uint64_t address, std::uint64_t bytes) {
  if (address == 0) return {};
  const auto* start = pointer<std::byte>(address);
  return {start, start + bytes};
}

// The names in union bpf_attr are char[BPF_OBJ_NAME_LEN] that need not end in a NUL.
template <std::size_t size>
std::string text(const char (&name)[size]) {
  return {name, strnlen(name, size)};
}

bool is_map_in_map(std::uint32_t type) {
  return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

// Loaders ask what a kernel can do by loading things of their own, without a name or with one that
// says so.
bool is_probe(std::string_view name) {
  return name.empty() || name.starts_with("libbpf_") || name == "det_arg_ctx" ||
         name.starts_with("skep_probe");
}

}  // namespace

long Recorder::bpf(std::uint32_t command, void* given, std::uint32_t size) {
  Attributes attributes;
  std::memset(&attributes, 0, sizeof attributes);
  std::memcpy(&attributes, given, std::min<std::size_t>(size, sizeof attributes));
  switch (command) {
    case BPF_BTF_LOAD:
      return load_types(attributes);
    case BPF_MAP_CREATE:
      return create_map(attributes);
    case BPF_MAP_UPDATE_ELEM:
      return update_map(attributes);
    case BPF_MAP_FREEZE:
      return freeze_map(attributes);
    case BPF_PROG_LOAD:
      return load_program(attributes);
    case BPF_PROG_BIND_MAP:
      return bind_map(attributes);
    case BPF_LINK_CREATE:
      return create_link(attributes);
    case BPF_OBJ_PIN:
      return pin(attributes);
    case BPF_OBJ_GET_INFO_BY_FD:
      return describe(attributes);
    case BPF_BTF_GET_FD_BY_ID:
      return attributes.bpf.btf_id == target_types_id ? open_types(attributes)
                                                      : open_module(attributes);
    case BPF_BTF_GET_NEXT_ID:
      return next_module(attributes, given);
    case BPF_OBJ_GET:  // nothing is pinned
      return -ENOENT;
    case BPF_TOKEN_CREATE:
      return -EPERM;
    default:
      return -EINVAL;
  }
}

long Recorder::make(Thing thing, std::uint64_t bytes) {
  const int fd = memfd_create(thing.name.c_str(), MFD_CLOEXEC);
  if (fd < 0) return -errno;
  struct stat status{};
  if (ftruncate(fd, static_cast<off_t>(std::min(bytes, largest_memory))) != 0 ||
      fstat(fd, &status) != 0) {
    const int code = errno;
    close(fd);
    return -code;
  }
  things_[status.st_ino] = std::move(thing);
  return fd;
}

const Recorder::Thing* Recorder::find(std::uint64_t fd) const {
  struct stat status{};
  if (fstat(static_cast<int>(fd), &status) != 0) return nullptr;
  const auto found = things_.find(status.st_ino);
  return found == things_.end() ? nullptr : &found->second;
}

std::string Recorder::unique(const std::string& name) {
  const int use = ++uses_[name];
  return use == 1 || name.empty() ? name : fmt::format("{}~{}", name, use);
}

std::string Recorder::name_of(std::uint32_t fd) const {
  const auto* thing = find(fd);
  return fd == 0 ? "none" : thing != nullptr ? thing->name : "?";
}

long Recorder::load_types(const Attributes& given) {
  if (recording_) {
    Call call{.command = "BTF_LOAD", .subject = "btf"};
    call.types = copy(given.bpf.btf, given.bpf.btf_size);
    calls_.push_back(std::move(call));
  }
  return make({.name = "btf"}, 0);
}

long Recorder::create_map(const Attributes& given) {
  const auto& attr = given.bpf;
  const std::string name = unique(text(attr.map_name));
  if (recording_ && !is_probe(name)) {
    Call call{.command = "MAP_CREATE", .subject = name};
    call.attributes = {
        {"type", fmt::to_string(attr.map_type)},
        {"key_size", fmt::to_string(attr.key_size)},
        {"value_size", fmt::to_string(attr.value_size)},
        {"max_entries", fmt::to_string(attr.max_entries)},
        {"flags", fmt::format("{:#x}", attr.map_flags)},
        {"inner_map", name_of(attr.inner_map_fd)},
        {"numa_node", fmt::to_string(attr.numa_node)},
        {"ifindex", fmt::to_string(attr.map_ifindex)},
        {"btf", name_of(attr.btf_fd)},
        {"key_type", fmt::to_string(attr.btf_key_type_id)},
        {"value_type", fmt::to_string(attr.btf_value_type_id)},
        {"vmlinux_value_type", fmt::to_string(attr.btf_vmlinux_value_type_id)},
        {"extra", fmt::format("{:#x}", attr.map_extra)},
        {"value_type_btf", name_of(static_cast<std::uint32_t>(attr.value_type_btf_obj_fd))},
    };
    calls_.push_back(std::move(call));
  }
  // What a data section can be mapped at: bpf_map_mmap_sz in libbpf, array_map_mmap in the kernel.
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t one =
      attr.map_type == BPF_MAP_TYPE_ARENA ? page : (attr.value_size + 7ULL) / 8 * 8;
  const std::uint64_t bytes = one * attr.max_entries;
  return make({.name = name,
               .type = attr.map_type,
               .key_size = attr.key_size,
               .value_size = attr.value_size},
              (bytes + page - 1) / page * page);
}

long Recorder::update_map(const Attributes& given) {
  const auto& attr = given.bpf;
  const auto* map = find(attr.map_fd);
  if (map == nullptr) return -EBADF;
  if (!recording_) return 0;
  // An array starts as zeros: whether a loader writes them once more makes no difference.
  const Blob value = copy(attr.value, map->value_size);
  const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
  if (map->type == BPF_MAP_TYPE_ARRAY && std::all_of(value.begin(), value.end(), is_zero)) return 0;
  Call call{.command = "MAP_UPDATE_ELEM", .subject = map->name};
  call.attributes = {{"flags", fmt::format("{:#x}", attr.flags)}};
  call.key = copy(attr.key, map->key_size);
  if (is_map_in_map(map->type) || map->type == BPF_MAP_TYPE_PROG_ARRAY) {
    call.attributes.emplace_back("value", name_of(*pointer<std::uint32_t>(attr.value)));
  } else {
    call.value = value;
  }
  if (map->type == BPF_MAP_TYPE_STRUCT_OPS) name_functions(call);
  calls_.push_back(std::move(call));
  return 0;
}

// The function pointers of a struct_ops map are programs' descriptors, of eight bytes each.
void Recorder::name_functions(Call& call) const {
  for (std::size_t at = 0; at + 8 <= call.value.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, call.value.data() + at, sizeof word);
    const auto* program = word == 0 || word > INT32_MAX ? nullptr : find(word);
    if (program == nullptr || !program->is_program) continue;
    call.attributes.emplace_back(fmt::format("value[{}]", at), program->name);
    std::memset(call.value.data() + at, 0xff, sizeof word);
  }
}

long Recorder::freeze_map(const Attributes& given) {
  if (find(given.bpf.map_fd) == nullptr) return -EBADF;
  if (recording_) {
    calls_.push_back({.command = "MAP_FREEZE", .subject = name_of(given.bpf.map_fd)});
  }
  return 0;
}

long Recorder::load_program(const Attributes& given) {
  const auto& attr = given.bpf;
  const std::string name = unique(text(attr.prog_name));
  if (recording_ && !is_probe(name)) {
    Call call{.command = "PROG_LOAD", .subject = name};
    // Not kern_version: no kernel since 5.0 looks at it (commit 6c4fc209fcf9).
    call.attributes = {
        {"type", fmt::to_string(attr.prog_type)},
        {"license", std::string(pointer<char>(attr.license))},
        {"log_level", fmt::to_string(attr.log_level)},
        {"flags", fmt::format("{:#x}", attr.prog_flags)},
        {"ifindex", fmt::to_string(attr.prog_ifindex)},
        {"expected_attach_type", fmt::to_string(attr.expected_attach_type)},
        {"btf", name_of(attr.prog_btf_fd)},
        {"attach_btf_id", fmt::to_string(attr.attach_btf_id)},
        {"attach_to", name_of(attr.attach_prog_fd)},
        {"core_relo_cnt", fmt::to_string(attr.core_relo_cnt)},
    };
    call.code = copy(attr.insns, std::uint64_t{attr.insn_cnt} * sizeof(bpf_insn));
    for (std::uint32_t i = 0; i < attr.insn_cnt; ++i) {
      bpf_insn insn;
      auto* place = call.code.data() + i * sizeof insn;
      std::memcpy(&insn, place, sizeof insn);
      std::string& what = call.names.emplace_back();
      if (insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_KFUNC_CALL) {
        const auto* descriptors = pointer<std::uint32_t>(attr.fd_array);
        if (insn.off != 0) what = descriptors != nullptr ? name_of(descriptors[insn.off]) : "?";
      }
      if (insn.code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
      if (insn.src_reg == BPF_PSEUDO_BTF_ID && i + 1 < attr.insn_cnt) {
        bpf_insn second;
        std::memcpy(&second, place + sizeof insn, sizeof second);
        if (second.imm == 0) continue;
        what = name_of(static_cast<std::uint32_t>(second.imm));
        second.imm = 0;
        std::memcpy(place + sizeof insn, &second, sizeof second);
        continue;
      }
      if (insn.src_reg != BPF_PSEUDO_MAP_FD && insn.src_reg != BPF_PSEUDO_MAP_VALUE) continue;
      what = name_of(static_cast<std::uint32_t>(insn.imm));
      insn.imm = 0;
      std::memcpy(place, &insn, sizeof insn);
    }
    call.function_record = attr.func_info_rec_size;
    call.functions =
        copy(attr.func_info, std::uint64_t{attr.func_info_cnt} * attr.func_info_rec_size);
    call.line_record = attr.line_info_rec_size;
    call.lines = copy(attr.line_info, std::uint64_t{attr.line_info_cnt} * attr.line_info_rec_size);
    calls_.push_back(std::move(call));
  }
  return make({.name = name, .is_program = true}, 0);
}

long Recorder::bind_map(const Attributes& given) {
  const auto& attr = given.bpf.prog_bind_map;
  if (recording_) {
    Call call{.command = "PROG_BIND_MAP", .subject = name_of(attr.prog_fd)};
    call.attributes = {{"map", name_of(attr.map_fd)}, {"flags", fmt::format("{:#x}", attr.flags)}};
    calls_.push_back(std::move(call));
  }
  return 0;
}

long Recorder::pin(const Attributes& given) {
  if (recording_) {
    Call call{.command = "MAP_PIN", .subject = name_of(given.bpf.bpf_fd)};
    call.attributes = {{"path", pointer<char>(given.bpf.pathname)}};
    calls_.push_back(std::move(call));
  }
  return 0;
}

// A struct_ops map is registered by a link. Else only probes make links here; these are the
// refusals that tell libbpf that a kind of link exists (probe_perf_link and probe_uprobe_multi_link
// in its features.c).
long Recorder::create_link(const Attributes& given) {
  const auto& attr = given.bpf.link_create;
  if (recording_ && attr.attach_type == BPF_STRUCT_OPS) {
    calls_.push_back({.command = "MAP_LINK", .subject = name_of(attr.map_fd)});
    return make({.name = "link"}, 0);
  }
  const bool bad_pid = attr.attach_type == BPF_TRACE_UPROBE_MULTI &&
                       attr.uprobe_multi.pid == static_cast<std::uint32_t>(-1);
  return bad_pid ? -EINVAL : -EBADF;
}

long Recorder::describe(const Attributes& given) {
  const auto& attr = given.bpf.info;
  const auto* thing = find(attr.bpf_fd);
  if (thing == nullptr) return -EBADF;
  if (thing->module) return describe_module(given, *thing->module);
  if (thing->types_id == 0) return 0;  // zeros, as the caller left them: nobody compares ids here
  if (thing->is_program) {
    bpf_prog_info info{};
    info.btf_id = thing->types_id;
    std::memcpy(pointer_to(attr.info), &info, std::min<std::size_t>(attr.info_len, sizeof info));
    return 0;
  }
  bpf_btf_info info{};
  std::memcpy(&info, pointer_to(attr.info), std::min<std::size_t>(attr.info_len, sizeof info));
  const auto bytes = std::min<std::size_t>(info.btf_size, target_types_.size());
  if (info.btf != 0) std::memcpy(pointer_to(info.btf), target_types_.data(), bytes);
  info.btf_size = static_cast<std::uint32_t>(target_types_.size());
  info.id = thing->types_id;
  std::memcpy(pointer_to(attr.info), &info, std::min<std::size_t>(attr.info_len, sizeof info));
  return 0;
}

long Recorder::open_types(const Attributes& given) {
  if (given.bpf.btf_id != target_types_id || target_types_.empty()) return -ENOENT;
  return make({.name = "target's btf", .types_id = target_types_id}, 0);
}

int Recorder::add_target(Blob types) {
  target_types_ = std::move(types);
  return static_cast<int>(
      make({.name = "target", .is_program = true, .types_id = target_types_id}, 0));
}

// Ids of modules' BTF start at 2: 1 is the kernel's, which nobody asks for.
constexpr std::uint32_t first_module_id = 2;

long Recorder::next_module(const Attributes& given, void* back) const {
  const auto next = std::max(given.bpf.start_id + 1, first_module_id);
  if (next - first_module_id >= modules_.size()) return -ENOENT;
  static_cast<bpf_attr*>(back)->next_id = next;
  return 0;
}

long Recorder::open_module(const Attributes& given) {
  const std::size_t index = given.bpf.btf_id - first_module_id;
  if (index >= modules_.size()) return -ENOENT;
  return make({.name = "module " + modules_[index].name, .module = index}, 0);
}

// btf_get_info_by_fd in kernel/bpf/btf.c.
long Recorder::describe_module(const Attributes& given, std::size_t index) const {
  const auto& [name, types] = modules_[index];
  bpf_btf_info info{};
  auto* const back = reinterpret_cast<std::byte*>(given.bpf.info.info);
  const auto length = std::min<std::size_t>(given.bpf.info.info_len, sizeof info);
  std::memcpy(&info, back, length);
  if (info.btf != 0) {
    std::memcpy(reinterpret_cast<void*>(info.btf), types.data(),
                std::min<std::size_t>(info.btf_size, types.size()));
  }
  if (info.name != 0 && info.name_len > name.size()) {
    std::memcpy(reinterpret_cast<void*>(info.name), name.c_str(), name.size() + 1);
  }
  info.btf_size = static_cast<std::uint32_t>(types.size());
  info.name_len = static_cast<std::uint32_t>(name.size());
  info.id = first_module_id + static_cast<std::uint32_t>(index);
  info.kernel_btf = 1;
  std::memcpy(back, &info, length);
  return 0;
}

}  // namespace oracle
