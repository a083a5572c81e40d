#include "skep/map.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/info.hpp"
#include "kernel/memory.hpp"

namespace skep {

using kernel::Command;

Mapping::Mapping(Mapping&& other) noexcept
    : sys_(std::exchange(other.sys_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(sys_, other.sys_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (sys_ != nullptr) sys_->munmap(bytes_.data(), bytes_.size());
}

Map::Map(kernel::Syscalls& sys, Fd fd, MapSpec spec, std::size_t value_bytes) noexcept
    : sys_(&sys), fd_(std::move(fd)), spec_(std::move(spec)), value_bytes_(value_bytes) {}

Result<std::uint32_t> Map::id() const {
  SKEP_TRY(const auto info, kernel::map_info(*sys_, fd_.get()));
  return info.id;
}

Result<MapInfo> Map::info() const { return kernel::read_map_info(*sys_, fd()); }

Result<void> Map::check_key(std::span<const std::byte> key) const {
  if (key.size() == spec_.key_size) return {};
  return fail(ErrorKind::invalid_argument, "map '{}': the key has {} bytes, the map's keys have {}",
              spec_.name, key.size(), spec_.key_size);
}

static kernel::ElementAttributes element(int map, std::span<const std::byte> key,
                                         std::span<const std::byte> value) {
  kernel::ElementAttributes attributes;
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = kernel::address_of(key);
  attributes.value = kernel::address_of(value);
  return attributes;
}

Result<void> Map::check_value(std::span<const std::byte> value) const {
  if (value.size() == value_bytes_) return {};
  return fail(ErrorKind::invalid_argument, "map '{}': the value has {} bytes, the map takes {}",
              spec_.name, value.size(), value_bytes_);
}

Result<std::optional<std::vector<std::byte>>> Map::lookup(std::span<const std::byte> key) const {
  std::vector<std::byte> value(value_bytes_);
  SKEP_TRY(const bool found, lookup(key, value));
  if (!found) return std::nullopt;
  return value;
}

Result<bool> Map::lookup(std::span<const std::byte> key, std::span<std::byte> value,
                         Lock lock) const {
  SKEP_CHECK(check_key(key));
  SKEP_CHECK(check_value(value));
  auto attributes = element(fd(), key, value);
  attributes.flags = static_cast<std::uint64_t>(lock);
  const long result = call_bpf(*sys_, Command::map_lookup, attributes);
  if (result == -ENOENT) return false;
  if (result < 0) return fail_errno(static_cast<int>(-result), "look up in map '{}'", spec_.name);
  return true;
}

Result<bool> Map::take(std::span<const std::byte> key, std::span<std::byte> value) const {
  SKEP_CHECK(check_key(key));
  SKEP_CHECK(check_value(value));
  auto attributes = element(fd(), key, value);
  const long result = call_bpf(*sys_, Command::map_take, attributes);
  if (result == -ENOENT) return false;
  if (result < 0) return fail_errno(static_cast<int>(-result), "take from map '{}'", spec_.name);
  return true;
}

Result<void> Map::update(std::span<const std::byte> key, std::span<const std::byte> value,
                         Update how, Lock lock) const {
  SKEP_CHECK(check_key(key));
  SKEP_CHECK(check_value(value));
  auto attributes = element(fd(), key, value);
  attributes.flags = static_cast<std::uint64_t>(how) | static_cast<std::uint64_t>(lock);
  const long result = call_bpf(*sys_, Command::map_update, attributes);
  if (result >= 0) return {};
  const int code = static_cast<int>(-result);
  if (code == E2BIG) {
    return fail_errno(code, "update map '{}': key beyond its {} entries, or it is full", spec_.name,
                      spec_.max_entries);
  }
  return fail_errno(code, "update map '{}'", spec_.name);
}

Result<bool> Map::erase(std::span<const std::byte> key) const {
  SKEP_CHECK(check_key(key));
  auto attributes = element(fd(), key, {});
  const long result = call_bpf(*sys_, Command::map_delete, attributes);
  if (result == -ENOENT) return false;
  if (result < 0) return fail_errno(static_cast<int>(-result), "erase in map '{}'", spec_.name);
  return true;
}

Result<std::optional<std::vector<std::byte>>> Map::next_key(
    std::optional<std::span<const std::byte>> key) const {
  if (key) SKEP_CHECK(check_key(*key));
  std::vector<std::byte> next(spec_.key_size);
  auto attributes = element(fd(), key.value_or(std::span<const std::byte>()), next);
  const long result = call_bpf(*sys_, Command::map_next_key, attributes);
  if (result == -ENOENT) return std::nullopt;
  if (result < 0) return fail_errno(static_cast<int>(-result), "list map '{}'", spec_.name);
  return next;
}

Result<Mapping> Map::mapped(bool writable) const {
  if (spec_.type != MapType::array || (spec_.flags & kernel::map_flag_mmapable) == 0) {
    return fail(ErrorKind::invalid_argument,
                "map '{}' cannot be mapped: it is no array with BPF_F_MMAPABLE", spec_.name);
  }
  // Values stand 8 bytes apart (array_map_alloc in kernel/bpf/arraymap.c).
  const std::uint64_t length =
      spec_.max_entries == 1 ? spec_.value_size : round_up(spec_.value_size, 8) * spec_.max_entries;
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  return kernel::map_memory(*sys_, length, protection, MAP_SHARED, fd(), 0,
                            fmt::format("map '{}'", spec_.name));
}

}  // namespace skep
