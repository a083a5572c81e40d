// skep/map.hpp: a map that the kernel holds.
//
// Typed views (Hash<K, V>, Array<V> …) stand on this class; here keys and values are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skep/fd.hpp"
#include "skep/link.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

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

// Move-only; closing it frees the map unless a program, a pin or another descriptor holds it.
// Safe to use from several threads at once (each call is one system call).
class Map {
 public:
  // `value_bytes`: see below. For kernel/, which makes maps.
  Map(kernel::Syscalls& sys, Fd fd, MapSpec spec, std::size_t value_bytes) noexcept;

  // What it was made from; sizes and entries as they are in the kernel.
  [[nodiscard]] const MapSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::string_view name() const noexcept { return spec_.name; }
  [[nodiscard]] MapType type() const noexcept { return spec_.type; }
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

  // Nothing when the key is not there. Errors: invalid_argument when sizes do not fit; errno.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> lookup(
      std::span<const std::byte> key) const;

  enum class Update : std::uint64_t { any = 0, no_exist = 1, exist = 2 };
  // Errors: busy (no_exist and it is there), not_found (exist and it is not), limit (full).
  Result<void> update(std::span<const std::byte> key, std::span<const std::byte> value,
                      Update how = Update::any) const;
  // True when the key was there.
  Result<bool> erase(std::span<const std::byte> key) const;
  // The key after `key`, or the first one without; nothing at the end. When somebody deletes `key`
  // meanwhile, a hash map starts over: a loop may see keys twice.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> next_key(
      std::optional<std::span<const std::byte>> key) const;

  // The value of a data section, or all values of another BPF_F_MMAPABLE array (each takes
  // round_up(value_size, 8) bytes), shared with the program. Kernel 5.5. A frozen map (rodata) can
  // be mapped read-only. The mapping outlives the Map. Errors: invalid_argument for other maps.
  [[nodiscard]] Result<Mapping> mapped(bool writable) const;

  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept { return *sys_; }

  // The memory of an arena that this Object made, at the addresses that its programs use; empty for
  // other maps. Pages come into being when they are touched. Kernel 6.9.
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_.bytes(); }

  // For kernel/: memory() from now on.
  void set_memory(Mapping memory) noexcept { memory_ = std::move(memory); }
  // What attach() registers, once its programs are known. For kernel/.
  void set_contents(std::vector<std::byte> value) noexcept { spec_.contents = std::move(value); }

 private:
  [[nodiscard]] Result<void> check_key(std::span<const std::byte> key) const;

  kernel::Syscalls* sys_;
  Fd fd_;
  MapSpec spec_;
  std::size_t value_bytes_;
  Mapping memory_;
};

}  // namespace skep
