// skep/map.hpp: a map that the kernel holds.
//
// Here keys and values are bytes; typed views (Hash<K, V>, Array<V> …: skep/maps.hpp) stand on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/layout.hpp"
#include "skep/link.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace kernel {
class Syscalls;
}

// Bytes of a file or a map made visible in memory; unmaps itself. They start at a page.
class Mapping {
 public:
  Mapping() noexcept = default;
  Mapping(kernel::Syscalls& sys, std::span<std::byte> bytes) noexcept : sys_(&sys), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  // Empty when nothing is mapped.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  kernel::Syscalls* sys_ = nullptr;
  std::span<std::byte> bytes_;
};

// What the kernel says of a map.
struct MapInfo {
  std::uint32_t id = 0;
  std::string name;  // at most 15 bytes
  MapType type = MapType::unspecified;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  std::uint64_t extra = 0;    // kernel 5.16
  std::uint64_t memlock = 0;  // bytes of memory that the kernel takes for it, as it estimates
  bool frozen = false;        // user space can no longer write; kernel 5.2
};

// What to do when the key is there already, or is not (BPF_ANY, BPF_NOEXIST, BPF_EXIST).
enum class Update : std::uint8_t { any = 0, no_exist = 1, exist = 2 };

// Whether the kernel takes the bpf_spin_lock in the value, so that nobody sees half of an update
// (BPF_F_LOCK, kernel 5.1; hashes and arrays).
enum class Lock : std::uint8_t { no = 0, yes = 4 };

// Move-only; closing it frees the map unless a program, a pin or another descriptor holds it.
// Safe to use from several threads at once (each call is one system call).
class Map {
 public:
  // Creates an empty map that belongs to no object. A per-CPU map's value_size is that of one CPU;
  // types of key and value, and what a spec of an object has besides, are not used. Errors:
  // permission (CAP_BPF; CAP_NET_ADMIN or CAP_PERFMON for some types), invalid_argument when the
  // kernel does not want such sizes, what it says. `syscalls`: the seam, for tests.
  static Result<Map> create(MapSpec spec, kernel::Syscalls* syscalls = nullptr);
  // A map that is pinned in a bpffs. Errors: not_found; invalid_argument when it is no map.
  static Result<Map> open(const std::filesystem::path& pin, kernel::Syscalls* syscalls = nullptr);
  // The map that the kernel calls by this id. Needs CAP_SYS_ADMIN. Errors: not_found.
  static Result<Map> by_id(std::uint32_t id, kernel::Syscalls* syscalls = nullptr);

  // `value_bytes`: see below. For kernel/, which makes maps.
  Map(kernel::Syscalls& sys, Fd fd, MapSpec spec, std::size_t value_bytes) noexcept;

  // What it was made from; sizes and entries as they are in the kernel.
  [[nodiscard]] const MapSpec& spec() const noexcept { return spec_; }
  // As the object calls it.
  [[nodiscard]] std::string_view name() const noexcept { return spec_.name; }
  // As the kernel has it.
  [[nodiscard]] MapType type() const noexcept { return spec_.type; }
  // Its descriptor, which stays its own.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The kernel's id: global, unlike the descriptor.
  [[nodiscard]] Result<std::uint32_t> id() const;
  // As it is now; memlock and frozen come from /proc. Errors: errno.
  [[nodiscard]] Result<MapInfo> info() const;

  // Registers a struct_ops map with the kernel: by a link where its section is .struct_ops.link
  // (kernel 6.4), else by writing it; then the link's end takes it out again. Errors:
  // invalid_argument for another map; busy when its name is registered already; what the kernel
  // says.
  [[nodiscard]] Result<Link> attach() const;

  // Bytes that one value takes in lookup and update: for per-CPU maps round_up(value_size, 8)
  // times the number of possible CPUs.
  [[nodiscard]] std::size_t value_bytes() const noexcept { return value_bytes_; }

  // Pins it in a bpffs: from then on it outlives the process. Makes the directory of `path` (not
  // that one's parents). Errors: busy when something is there; unsupported when it is no bpffs.
  Result<void> pin(const std::filesystem::path& path) const;

  // Nothing when the key is not there. Errors: invalid_argument when sizes do not fit; errno.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> lookup(
      std::span<const std::byte> key) const;
  // The same into `value`, which is value_bytes() long. False when the key is not there. Of a bloom
  // filter, whose key is empty, `value` is what is asked for.
  Result<bool> lookup(std::span<const std::byte> key, std::span<std::byte> value,
                      Lock lock = Lock::no) const;
  // Looks up and deletes in one step. Kernel 5.14; queue and stack (whose key is empty): 4.20.
  Result<bool> take(std::span<const std::byte> key, std::span<std::byte> value) const;

  // Errors: busy (no_exist and it is there), not_found (exist and it is not), limit (full).
  Result<void> update(std::span<const std::byte> key, std::span<const std::byte> value,
                      Update how = Update::any, Lock lock = Lock::no) const;
  // True when the key was there.
  Result<bool> erase(std::span<const std::byte> key) const;
  // `count` of them, one after the other, by one system call where the kernel has batches (5.6).
  // Errors: those of update; the message says how many were done.
  Result<void> update_many(std::size_t count, std::span<const std::byte> keys,
                           std::span<const std::byte> values, Update how = Update::any) const;
  // Returns how many of the keys were there.
  Result<std::size_t> erase_many(std::size_t count, std::span<const std::byte> keys) const;

  // The key after `key`, or the first one without; nothing at the end. When somebody deletes `key`
  // meanwhile, a hash map starts over: a loop may see keys twice.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> next_key(
      std::optional<std::span<const std::byte>> key) const;

  // The value of a data section, or all values of another BPF_F_MMAPABLE array (each takes
  // round_up(value_size, 8) bytes), shared with the program. Kernel 5.5. A frozen map (rodata) can
  // be mapped read-only. The mapping outlives the Map. Errors: invalid_argument for other maps.
  [[nodiscard]] Result<Mapping> mapped(bool writable) const;

  // A typed view, e.g. as<Hash<std::uint32_t, std::uint64_t>>() (skep/maps.hpp). It borrows this
  // map. Errors: invalid_argument when the map is of another type, or its keys or values are of
  // another size or, where its BTF can be had, have other fields; the message says which.
  template <typename View>
  [[nodiscard]] Result<View> as() const& {
    return View::of(*this);
  }
  template <typename View>
  Result<View> as() const&& = delete;  // the view would outlive the map

  // What as() asks. `key` is nullptr where the view has none, `value` where any will do.
  [[nodiscard]] Result<void> check(std::initializer_list<MapType> types, const layout::Shape* key,
                                   const layout::Shape* value) const;

  // The seam that it was made with.
  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept { return *sys_; }

  // The memory of an arena that this Object made, at the addresses that its programs use; empty for
  // other maps. Pages come into being when they are touched. Kernel 6.9.
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_.bytes(); }

  // Of a stream with a ring for each CPU (SKEP_STREAM_PER_CPU), each once; of an array of them that
  // was opened (open, by_id), those in it then: it takes CAP_SYS_ADMIN. Empty for other maps.
  [[nodiscard]] const std::vector<Map>& rings() const noexcept { return rings_; }

  // For kernel/: rings() from now on.
  void set_rings(std::vector<Map> rings) noexcept { rings_ = std::move(rings); }
  // For kernel/: memory() from now on.
  void set_memory(Mapping memory) noexcept { memory_ = std::move(memory); }
  // The BTF that spec().key_type and value_type are of. For kernel/.
  void set_types(Btf types) noexcept { types_ = std::move(types); }
  // What attach() registers, once its programs are known. For kernel/.
  void set_contents(std::vector<std::byte> value) noexcept { spec_.contents = std::move(value); }

 private:
  [[nodiscard]] Result<void> check_key(std::span<const std::byte> key) const;
  [[nodiscard]] Result<void> check_value(std::span<const std::byte> value) const;

  kernel::Syscalls* sys_;
  Fd fd_;
  MapSpec spec_;
  std::size_t value_bytes_;
  Mapping memory_;
  std::vector<Map> rings_;
  std::optional<Btf> types_;
};

}  // namespace skep
#pragma GCC visibility pop
