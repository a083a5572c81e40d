#include "kernel/usdt_specs.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"

namespace skep::kernel {

UsdtSpecs::UsdtSpecs(Syscalls& sys, Fd map, std::uint32_t entries, object::UsdtLayout layout)
    : sys_(sys), map_(std::move(map)), layout_(layout), is_used_(entries) {}

Result<std::shared_ptr<UsdtSpecs>> UsdtSpecs::create(const Map& map, object::UsdtLayout layout) {
  SKEP_TRY(auto fd, duplicate(map.fd()));
  return std::make_shared<UsdtSpecs>(map.syscalls(), std::move(fd), map.spec().max_entries, layout);
}

Result<std::uint32_t> UsdtSpecs::add(std::span<const std::byte> value) {
  const std::scoped_lock lock(mutex_);
  const auto free = std::ranges::find(is_used_, false);
  if (free == is_used_.end()) {
    Error error(ErrorKind::limit, fmt::format("all {} entries of map '{}' are in use",
                                              is_used_.size(), object::usdt_specs_map));
    return std::unexpected(std::move(error).hint(
        "Give it more: #define BPF_USDT_MAX_SPEC_CNT before the header is included."));
  }
  const auto index = static_cast<std::uint32_t>(free - is_used_.begin());
  ElementAttributes attributes;
  attributes.map_fd = static_cast<std::uint32_t>(map_.get());
  attributes.key = address_of(static_cast<const void*>(&index));
  attributes.value = address_of(value);
  const long result = call_bpf(sys_, Command::map_update, attributes);
  if (result < 0) {
    return fail_errno(static_cast<int>(-result), "write entry {} of map '{}'", index,
                      object::usdt_specs_map);
  }
  *free = true;
  return index;
}

void UsdtSpecs::drop(std::uint32_t index) noexcept {
  const std::scoped_lock lock(mutex_);
  if (index < is_used_.size()) is_used_[index] = false;
}

Result<std::shared_ptr<UsdtSpecs>> usdt_specs_of(const ObjectSpec& spec,
                                                 std::span<const Map> maps) {
  const auto map = std::ranges::find(maps, object::usdt_specs_map, &Map::name);
  if (map == maps.end() || map->fd() < 0 || map->type() != MapType::array) return nullptr;
  const auto layout = object::UsdtLayout::of(spec, map->spec());
  if (!layout) return nullptr;
  return UsdtSpecs::create(*map, *layout);
}

}  // namespace skep::kernel
