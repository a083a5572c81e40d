#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "kernel/info.hpp"
#include "skep/maps/references.hpp"

namespace skep {
namespace {

// A value of two numbers of 4 bytes, or of the first one only.
using Pair = std::array<std::uint32_t, 2>;

Result<void> set_pair(const Map& map, std::uint32_t key, Pair value) {
  if (map.value_bytes() == sizeof(std::uint32_t) && value[1] != 0) {
    return fail(ErrorKind::invalid_argument,
                "map '{}': an entry with a program takes values of 8 bytes, this map's have 4",
                map.name());
  }
  return map.update(maps::bytes(key), maps::bytes(value).first(map.value_bytes()));
}

Result<std::optional<Pair>> pair_at(const Map& map, std::uint32_t key) {
  Pair value{};
  SKEP_TRY(const bool found,
           map.lookup(maps::bytes(key), maps::writable_bytes(value).first(map.value_bytes())));
  return found ? std::optional(value) : std::nullopt;
}

Result<void> check_pair(const Map& map, std::initializer_list<MapType> types) {
  SKEP_CHECK(map.check(types, &layout::shape_of<std::uint32_t>, nullptr));
  if (map.value_bytes() == 4 || map.value_bytes() == 8) return {};
  return fail(ErrorKind::invalid_argument, "map '{}': its values have {} bytes, not 4 or 8",
              map.name(), map.value_bytes());
}

std::uint32_t descriptor_of(const Program* program) {
  return program == nullptr ? 0 : static_cast<std::uint32_t>(program->fd());
}

}  // namespace

namespace maps {

Result<void> set_descriptor(const Map& map, std::span<const std::byte> key, int fd, Update how) {
  const std::uint64_t value = static_cast<std::uint32_t>(fd);
  if (map.value_bytes() > sizeof(value)) {
    return fail(ErrorKind::invalid_argument, "map '{}': its values have {} bytes, not 4 or 8",
                map.name(), map.value_bytes());
  }
  return map.update(key, bytes(value).first(map.value_bytes()), how);
}

Result<std::optional<std::uint64_t>> number_at(const Map& map, std::span<const std::byte> key) {
  std::uint64_t value = 0;
  if (map.value_bytes() > sizeof(value)) {
    return fail(ErrorKind::invalid_argument, "map '{}': its values have {} bytes, not 4 or 8",
                map.name(), map.value_bytes());
  }
  SKEP_TRY(const bool found, map.lookup(key, writable_bytes(value).first(map.value_bytes())));
  return found ? std::optional(value) : std::nullopt;
}

Result<void> set_inner(const Map& outer, std::span<const std::byte> key, const Map& inner,
                       Update how) {
  auto set = set_descriptor(outer, key, inner.fd(), how);
  if (set || set.error().code() != EINVAL) return set;
  return std::unexpected(std::move(set).error().hint(fmt::format(
      "Map '{}' must be like the inner map that '{}' was made with: type, key and value size, "
      "flags, entries.",
      inner.name(), outer.name())));
}

Result<std::optional<Map>> inner_of(const Map& outer, std::span<const std::byte> key) {
  SKEP_TRY(const auto id, number_at(outer, key));
  if (!id) return std::nullopt;
  auto map = Map::by_id(static_cast<std::uint32_t>(*id), &outer.syscalls());
  if (map) return std::optional(*std::move(map));
  if (map.error().kind() == ErrorKind::not_found) return std::nullopt;  // gone in between
  return std::unexpected(std::move(map).error());
}

}  // namespace maps

Result<ProgArray> ProgArray::of(const Map& map) {
  SKEP_CHECK(map.check({MapType::prog_array}, &layout::shape_of<std::uint32_t>, nullptr));
  return ProgArray(map);
}

Result<void> ProgArray::set(std::uint32_t index, const Program& program) const {
  auto done = set(index, program.fd());
  if (done || done.error().code() != EINVAL) return done;
  return std::unexpected(std::move(done).error().hint(fmt::format(
      "Program '{}' must be of the type, attach type and license of those in '{}', and of the "
      "program that calls.",
      program.name(), map().name())));
}

Result<void> ProgArray::set(std::uint32_t index, int program_fd) const {
  return maps::set_descriptor(map(), maps::bytes(index), program_fd, Update::any);
}

Result<std::optional<std::uint32_t>> ProgArray::lookup(std::uint32_t index) const {
  SKEP_TRY(const auto id, maps::number_at(map(), maps::bytes(index)));
  return id ? std::optional(static_cast<std::uint32_t>(*id)) : std::nullopt;
}

Result<ArrayOfMaps> ArrayOfMaps::of(const Map& map) {
  SKEP_CHECK(map.check({MapType::array_of_maps}, &layout::shape_of<std::uint32_t>, nullptr));
  return ArrayOfMaps(map);
}

Result<void> ArrayOfMaps::set(std::uint32_t index, const Map& inner) const {
  return maps::set_inner(map(), maps::bytes(index), inner, Update::any);
}

Result<std::optional<Map>> ArrayOfMaps::lookup(std::uint32_t index) const {
  return maps::inner_of(map(), maps::bytes(index));
}

Result<DevMap> DevMap::of(const Map& map) {
  SKEP_CHECK(check_pair(map, {MapType::devmap, MapType::devmap_hash}));
  return DevMap(map);
}

Result<void> DevMap::set(std::uint32_t key, std::uint32_t interface, const Program* program) const {
  return set_pair(map(), key, {interface, descriptor_of(program)});
}

Result<std::optional<DevMap::Entry>> DevMap::lookup(std::uint32_t key) const {
  SKEP_TRY(const auto value, pair_at(map(), key));
  return value ? std::optional(Entry{(*value)[0], (*value)[1]}) : std::nullopt;
}

Result<CpuMap> CpuMap::of(const Map& map) {
  SKEP_CHECK(check_pair(map, {MapType::cpumap}));
  return CpuMap(map);
}

Result<void> CpuMap::set(std::uint32_t cpu, std::uint32_t queue_size,
                         const Program* program) const {
  return set_pair(map(), cpu, {queue_size, descriptor_of(program)});
}

Result<std::optional<CpuMap::Entry>> CpuMap::lookup(std::uint32_t cpu) const {
  SKEP_TRY(const auto value, pair_at(map(), cpu));
  return value ? std::optional(Entry{(*value)[0], (*value)[1]}) : std::nullopt;
}

}  // namespace skep
