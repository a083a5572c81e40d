// What libbpf sends to the kernel for an object file: built twice, with libbpf 1.5 and with the
// distribution's. Linked with -Wl,--wrap=syscall: libbpf has no other way to bpf(2), so this
// program never calls it; and with --wrap=fopen64, so that it reads another kernel's types. Prints
// the calls; "refused" when libbpf does not take the object.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "oracle/guard.hpp"
#include "oracle/options.hpp"
#include "oracle/recorder.hpp"

namespace {
oracle::Recorder recorder;
std::string kernel_types;  // what libbpf shall take for the running kernel's; empty: those
}  // namespace

extern "C" {

long __real_syscall(long number, ...);

// Not variadic as the real one: five words are what libbpf's calls take at most, and they arrive in
// the same registers either way (x86-64 and arm64).
long __wrap_syscall(long number, long a, long b, long c, long d, long e) {
  if (number != __NR_bpf) return __real_syscall(number, a, b, c, d, e);
  const long result = recorder.bpf(static_cast<std::uint32_t>(a), reinterpret_cast<void*>(b),
                                   static_cast<std::uint32_t>(c));
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

// btf_custom_path is for CO-RE only: the hooks of BTF programs are looked up in the running
// kernel's types, which libbpf opens by name.
FILE* __real_fopen64(const char* path, const char* mode);
FILE* __wrap_fopen64(const char* path, const char* mode) {
  const bool is_kernel = std::string_view(path) == "/sys/kernel/btf/vmlinux";
  return __real_fopen64(is_kernel && !kernel_types.empty() ? kernel_types.c_str() : path, mode);
}

// There need be no bpffs: pins go to the recorder.
static int say_bpffs(int result, long* type) {
  if (result == 0) *type = 0xcafe4a11;  // BPF_FS_MAGIC
  return result;
}
int __real_statfs(const char* path, struct statfs* info);
int __wrap_statfs(const char* path, struct statfs* info) {
  return say_bpffs(__real_statfs(path, info), &info->f_type);
}
int __real_statfs64(const char* path, struct statfs64* info);
int __wrap_statfs64(const char* path, struct statfs64* info) {
  return say_bpffs(__real_statfs64(path, info), &info->f_type);
}

// Whether system calls have wrappers libbpf finds out by making a kprobe on one, which is refused
// here; the kernel's symbols say it as well.
int __wrap_probe_kern_syscall_wrapper(int) {
  std::ifstream symbols("/proc/kallsyms");
  for (std::string address, type, name; symbols >> address >> type >> name;) {
    if (name == "__x64_sys_bpf" || name == "__arm64_sys_bpf") return 1;
    symbols.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

// libbpf's own question whether the kernel has a feature, internal to it (libbpf_internal.h), and
// how many features that version knows (__FEAT_CNT there).
#if LIBBPF_MAJOR_VERSION == 1 && LIBBPF_MINOR_VERSION == 5
bool feat_supported(void* cache, int feature);
static bool supported(int feature) { return feat_supported(nullptr, feature); }
static constexpr int features = 22;
#elif LIBBPF_MAJOR_VERSION == 1 && LIBBPF_MINOR_VERSION == 1
bool kernel_supports(const struct bpf_object* object, int feature);
static bool supported(int feature) { return kernel_supports(nullptr, feature); }
static constexpr int features = 19;
#else
#error "look up __FEAT_CNT and who answers for it in this libbpf's libbpf_internal.h"
#endif
}

namespace {

int print(libbpf_print_level level, const char* format, va_list list) {
  return level == LIBBPF_DEBUG && std::getenv("ORACLE_DEBUG") == nullptr
             ? 0
             : std::vfprintf(stderr, format, list);
}

// Has libbpf ask all it will ever ask of the kernel, so that what follows stems from the object.
// The one feature that only describes the host (system calls under __x64_sys_ names) may be absent.
constexpr int feature_syscall_wrapper = 18;
bool ask_for_features() {
  bool all = true;
  for (int feature = 0; feature < features; ++feature) {
    if (supported(feature) || feature == feature_syscall_wrapper) continue;
    fmt::print(stderr, "libbpf thinks that the recorder lacks feature {}\n", feature);
    all = false;
  }
  return all;
}

struct Close {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// Writes into the initial value of the data section that the variable lives in, as the
// generated skeletons do.
bool set_variable(bpf_object* object, const std::string& name, std::int64_t value) {
  const btf* types = bpf_object__btf(object);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    // "object.rodata" holds .rodata; named sections keep their names: ".rodata.mine".
    const char* section_name = std::strchr(bpf_map__name(map), '.');
    if (section_name == nullptr) continue;
    const auto id = btf__find_by_name_kind(types, section_name, BTF_KIND_DATASEC);
    if (id < 0) continue;
    const btf_type* section = btf__type_by_id(types, static_cast<std::uint32_t>(id));
    const btf_var_secinfo* variable = btf_var_secinfos(section);
    for (int i = 0; i < btf_vlen(section); ++i, ++variable) {
      const btf_type* type = btf__type_by_id(types, variable->type);
      if (name != btf__name_by_offset(types, type->name_off)) continue;
      std::size_t size = 0;
      auto* bytes = static_cast<char*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
      if (bytes == nullptr || variable->size > sizeof value) return false;
      std::memcpy(bytes + variable->offset, &value, variable->size);
      return true;
    }
  }
  return false;
}

bool edit(bpf_object* object, const oracle::Options& options) {
  bool good = true;
  for (const auto& [name, value] : options.set) good = set_variable(object, name, value) && good;
  for (const auto& [name, value] : options.max_entries) {
    bpf_map* map = bpf_object__find_map_by_name(object, name.c_str());
    good = map != nullptr &&
           bpf_map__set_max_entries(map, static_cast<std::uint32_t>(value)) == 0 && good;
  }
  for (const auto& [name, value] : options.autocreate) {
    bpf_map* map = bpf_object__find_map_by_name(object, name.c_str());
    good = map != nullptr && bpf_map__set_autocreate(map, value != 0) == 0 && good;
  }
  for (const auto& [name, value] : options.resize) {
    bpf_map* map = bpf_object__find_map_by_name(object, name.c_str());
    good = map != nullptr && bpf_map__set_value_size(map, static_cast<std::uint32_t>(value)) == 0 &&
           good;
  }
  for (const auto& [name, value] : options.autoload) {
    bpf_program* program = bpf_object__find_program_by_name(object, name.c_str());
    good = program != nullptr && bpf_program__set_autoload(program, value != 0) == 0 && good;
  }
  return good;
}

// What registers struct_ops maps stems from the object as well.
bool attach_maps(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS || !bpf_map__autocreate(map)) continue;
    bpf_link* link = bpf_map__attach_struct_ops(map);
    if (link == nullptr) return false;
    bpf_link__disconnect(link);
    bpf_link__destroy(link);
  }
  return true;
}

// Programs that hang on functions of another program: of one with the object's own types.
bool set_targets(bpf_object* object, const oracle::Options& options) {
  if (options.targets.empty()) return true;
  std::uint32_t size = 0;
  const auto* bytes = static_cast<const std::byte*>(btf__raw_data(bpf_object__btf(object), &size));
  const int target = recorder.add_target({bytes, bytes + size});
  bool good = true;
  for (const auto& [name, function] : options.targets) {
    bpf_program* program = bpf_object__find_program_by_name(object, name.c_str());
    const char* named = function.empty() ? nullptr : function.c_str();
    good =
        program != nullptr && bpf_program__set_attach_target(program, target, named) == 0 && good;
  }
  return good;
}

int refused(std::string_view when) {
  fmt::print("refused\n");
  fmt::print(stderr, "refused when it was {}: {}\n", when, std::strerror(errno));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const auto options = oracle::parse_options(count, words);
  if (!options || !oracle::forbid_bpf()) return 2;
  libbpf_set_print(print);
  if (!ask_for_features()) return 2;

  if (!options->module.empty()) {
    std::ifstream file(options->module, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto* start = reinterpret_cast<const std::byte*>(bytes.data());
    recorder.add_module("skep_toy", {start, start + bytes.size()});
  }

  bpf_object_open_opts opts{};
  opts.sz = sizeof opts;
  if (!options->types.empty()) opts.btf_custom_path = options->types.c_str();
  kernel_types = options->types;
  const std::unique_ptr<bpf_object, Close> object(
      bpf_object__open_file(options->object.c_str(), &opts));
  if (object == nullptr) return refused("opened");
  if (!edit(object.get(), *options)) {
    fmt::print(stderr, "no such variable, map or program to edit\n");
    return 2;
  }
  if (!set_targets(object.get(), *options)) return refused("given its targets");
  recorder.start();
  if (bpf_object__load(object.get()) != 0) return refused("loaded");
  if (!attach_maps(object.get())) return refused("attached");
  fmt::print("{}", oracle::dump(recorder.calls()));
  return 0;
}
