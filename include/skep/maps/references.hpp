// skep/maps/references.hpp: maps that hold programs, maps, sockets, devices, CPUs and cgroups.
//
// What is put in is named by a descriptor (or a program, map or interface); the kernel holds it
// from then on, and the descriptor may be closed.
#pragma once

#include <cstdint>

#include "skep/maps/view.hpp"
#include "skep/object.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Tail calls. Kernel 4.2. The programs in it are gone when nobody holds the map any more, by a
// descriptor or a pin, even though programs use it.
class ProgArray : public maps::View {
 public:
  // Errors of all of(): as Map::as.
  static Result<ProgArray> of(const Map& map);
  // Errors: limit when index is too large; invalid_argument when the program is of another type, or
  // of another license or attach type, than those that are in it already.
  Result<void> set(std::uint32_t index, const Program& program) const;
  Result<void> set(std::uint32_t index, int program_fd) const;
  // The id of the program there.
  [[nodiscard]] Result<std::optional<std::uint32_t>> lookup(std::uint32_t index) const;
  // True when there was one.
  Result<bool> erase(std::uint32_t index) const { return map().erase(maps::bytes(index)); }

 private:
  using View::View;
};

// Inner maps by index or by key. Kernel 4.12. An inner map must be like the pattern that the map
// was made with: type, sizes, flags and, for most types, entries.
class ArrayOfMaps : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<ArrayOfMaps> of(const Map& map);
  // Errors: limit when index is too large; invalid_argument when `inner` is not like the pattern.
  Result<void> set(std::uint32_t index, const Map& inner) const;
  // The inner map. Needs CAP_SYS_ADMIN.
  [[nodiscard]] Result<std::optional<Map>> lookup(std::uint32_t index) const;
  // True when there was one.
  Result<bool> erase(std::uint32_t index) const { return map().erase(maps::bytes(index)); }

 private:
  using View::View;
};

namespace maps {
// What the views of maps of maps share; `key` is of the map's key size.
[[nodiscard]] Result<void> set_inner(const Map& outer, std::span<const std::byte> key,
                                     const Map& inner, Update how);
// The inner map at a key.
[[nodiscard]] Result<std::optional<Map>> inner_of(const Map& outer, std::span<const std::byte> key);
// Writes `fd` as a value of 4 or 8 bytes, as the map has them.
[[nodiscard]] Result<void> set_descriptor(const Map& map, std::span<const std::byte> key, int fd,
                                          Update how);
// The value as a number: of 4 or 8 bytes, as the map has them.
[[nodiscard]] Result<std::optional<std::uint64_t>> number_at(const Map& map,
                                                             std::span<const std::byte> key);
}  // namespace maps

// Inner maps by key: as ArrayOfMaps.
template <maps::KeyType K>
class HashOfMaps : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<HashOfMaps> of(const Map& map) {
    SKEP_CHECK(map.check({MapType::hash_of_maps}, &layout::shape_of<K>, nullptr));
    return HashOfMaps(map);
  }
  // Errors: invalid_argument when `inner` is not like the pattern; as Map::update.
  Result<void> set(const K& key, const Map& inner, Update how = Update::any) const {
    return maps::set_inner(map(), maps::bytes(key), inner, how);
  }
  // The inner map. Needs CAP_SYS_ADMIN.
  [[nodiscard]] Result<std::optional<Map>> lookup(const K& key) const {
    return maps::inner_of(map(), maps::bytes(key));
  }
  // True when there was one.
  Result<bool> erase(const K& key) const { return map().erase(maps::bytes(key)); }

 private:
  using maps::View::View;
};

// Sockets by index (sockmap, kernel 4.14) or by key (sockhash, 4.18): TCP, UDP, unix. A socket
// leaves the map when it is closed.
template <maps::KeyType K, MapType type>
class SocketMap : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<SocketMap> of(const Map& map) {
    SKEP_CHECK(map.check({type}, &layout::shape_of<K>, nullptr));
    return SocketMap(map);
  }
  // Errors: unsupported for sockets that the map does not take (not connected, as a rule).
  Result<void> set(const K& key, int socket_fd, Update how = Update::any) const {
    return maps::set_descriptor(map(), maps::bytes(key), socket_fd, how);
  }
  // The socket's cookie (SO_COOKIE); the map's values must have 8 bytes.
  [[nodiscard]] Result<std::optional<std::uint64_t>> cookie(const K& key) const {
    return maps::number_at(map(), maps::bytes(key));
  }
  // True when there was one.
  Result<bool> erase(const K& key) const { return map().erase(maps::bytes(key)); }

 private:
  using maps::View::View;
};
using SocketArray = SocketMap<std::uint32_t, MapType::sockmap>;
template <maps::KeyType K>
using SocketHash = SocketMap<K, MapType::sockhash>;

// Arrays whose values are descriptors: a cgroup's directory (kernel 4.8), a perf event (4.3), an
// AF_XDP socket (4.18), a socket of a SO_REUSEPORT group (4.19).
template <MapType type>
class DescriptorArray : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<DescriptorArray> of(const Map& map) {
    SKEP_CHECK(map.check({type}, &layout::shape_of<std::uint32_t>, nullptr));
    return DescriptorArray(map);
  }
  // Errors: limit when index is too large; bad descriptor, or one of another kind: errno.
  Result<void> set(std::uint32_t index, int fd) const {
    return maps::set_descriptor(map(), maps::bytes(index), fd, Update::any);
  }
  // True when there was one.
  Result<bool> erase(std::uint32_t index) const { return map().erase(maps::bytes(index)); }

 private:
  using maps::View::View;
};
using CgroupArray = DescriptorArray<MapType::cgroup_array>;
using PerfEventArray = DescriptorArray<MapType::perf_event_array>;
using XskMap = DescriptorArray<MapType::xskmap>;
using ReuseportArray = DescriptorArray<MapType::reuseport_sockarray>;

// Where XDP redirects a packet to: an interface, by index (devmap, kernel 4.14) or by any key
// (devmap_hash, 5.4).
class DevMap : public maps::View {
 public:
  // What stands at a key.
  struct Entry {
    std::uint32_t interface = 0;   // index of the interface
    std::uint32_t program_id = 0;  // runs on what leaves there; 0: none
  };
  // Errors: as Map::as.
  static Result<DevMap> of(const Map& map);
  // `program`: of SEC("xdp/devmap"), kernel 5.8; the map's values must have 8 bytes. Errors:
  // invalid_argument when they have not, or the interface does not exist.
  Result<void> set(std::uint32_t key, std::uint32_t interface,
                   const Program* program = nullptr) const;
  // Nothing where there is none.
  [[nodiscard]] Result<std::optional<Entry>> lookup(std::uint32_t key) const;
  // True when there was one.
  Result<bool> erase(std::uint32_t key) const { return map().erase(maps::bytes(key)); }

 private:
  using View::View;
};

// Which CPU goes on with a packet (kernel 4.15): the key is the CPU.
class CpuMap : public maps::View {
 public:
  // What is said of a CPU.
  struct Entry {
    std::uint32_t queue_size = 0;  // packets; 0: the CPU takes none
    std::uint32_t program_id = 0;  // runs there first; 0: none
  };
  // Errors: as Map::as.
  static Result<CpuMap> of(const Map& map);
  // `queue_size`: packets, at most 16384. `program`: of SEC("xdp/cpumap"), kernel 5.9; the map's
  // values must have 8 bytes. Errors: limit for a CPU beyond the map; invalid_argument.
  Result<void> set(std::uint32_t cpu, std::uint32_t queue_size,
                   const Program* program = nullptr) const;
  // Nothing where there is none.
  [[nodiscard]] Result<std::optional<Entry>> lookup(std::uint32_t cpu) const;
  // True when there was one.
  Result<bool> erase(std::uint32_t cpu) const { return map().erase(maps::bytes(cpu)); }

 private:
  using View::View;
};

}  // namespace skep
#pragma GCC visibility pop
