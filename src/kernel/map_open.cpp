// Maps that belong to no object: made by themselves, or there already.
#include <fcntl.h>

#include <cstring>

#include "base/error.hpp"
#include "kernel/host.hpp"
#include "kernel/info.hpp"
#include "kernel/map_create.hpp"
#include "kernel/map_pin.hpp"
#include "kernel/map_rings.hpp"
#include "kernel/pin.hpp"
#include "skep/map.hpp"

namespace skep {
namespace {

kernel::Syscalls& seam(kernel::Syscalls* syscalls) {
  return syscalls != nullptr ? *syscalls : kernel::real_syscalls();
}

Result<kernel::MapContext> context_of(kernel::Syscalls& sys, const MapSpec& spec) {
  kernel::MapContext context;
  if (kernel::needs_cpus(spec)) {
    SKEP_TRY(context.cpus, kernel::possible_cpus(sys));
  }
  return context;
}

// The types that a map was made with; none when it has none, or they cannot be had.
std::optional<Btf> types_of(kernel::Syscalls& sys, const kernel::MapInfoRecord& info) {
  if (info.types_id == 0) return std::nullopt;
  auto types = kernel::read_types(sys, info.types_id);
  return types ? std::optional(*std::move(types)) : std::nullopt;
}

// What is in an array may be no rings, and may not be ours to open: it is an array all the same.
Result<void> add_rings(kernel::Syscalls& sys, Map& map) {
  if (map.type() != MapType::array_of_maps) return {};
  auto rings = kernel::rings_in(sys, map);
  if (rings) {
    map.set_rings(*std::move(rings));
    return {};
  }
  const auto kind = rings.error().kind();
  if (kind == ErrorKind::invalid_argument || kind == ErrorKind::permission) return {};
  return std::unexpected(std::move(rings).error());
}

Result<Map> adopt_existing(kernel::Syscalls& sys, Fd fd) {
  SKEP_TRY(const auto info, kernel::map_info(sys, fd.get()));
  MapSpec spec{.name = std::string(info.name, ::strnlen(info.name, sizeof(info.name))),
               .type = static_cast<MapType>(info.type),
               .key_size = info.key_size,
               .value_size = info.value_size,
               .max_entries = info.max_entries,
               .flags = info.flags,
               .extra = info.extra};
  auto types = types_of(sys, info);
  const bool are_known =
      types && types->contains(info.key_type) && types->contains(info.value_type);
  if (are_known) {
    spec.key_type = info.key_type;
    spec.value_type = info.value_type;
  }
  SKEP_TRY(const auto context, context_of(sys, spec));
  Map map = kernel::adopt_map(sys, std::move(fd), std::move(spec), context);
  if (are_known) map.set_types(*std::move(types));
  SKEP_CHECK(add_rings(sys, map));
  return map;
}

}  // namespace

Result<Map> Map::create(MapSpec spec, kernel::Syscalls* syscalls) {
  auto& sys = seam(syscalls);
  spec.key_type = spec.value_type = 0;
  SKEP_TRY(const auto context, context_of(sys, spec));
  std::vector<std::string> notes;
  return kernel::create_map(sys, spec, context, notes);
}

Result<Map> Map::open(const std::filesystem::path& pin, kernel::Syscalls* syscalls) {
  auto& sys = seam(syscalls);
  SKEP_TRY(Fd fd, kernel::open_pin(sys, pin));
  SKEP_TRY(const auto kind, kernel::kind_of_pinned(sys, fd.get()));
  if (kind != kernel::PinnedKind::map) {
    return fail(ErrorKind::invalid_argument, "open the map pinned at {}: it is {}", pin.native(),
                kernel::name_of(kind));
  }
  return adopt_existing(sys, std::move(fd));
}

Result<Map> Map::by_id(std::uint32_t id, kernel::Syscalls* syscalls) {
  auto& sys = seam(syscalls);
  SKEP_TRY(Fd fd, kernel::open_by_id(sys, kernel::Thing::map, id));
  return adopt_existing(sys, std::move(fd));
}

Result<void> Map::pin(const std::filesystem::path& path) const {
  kernel::Pins pins(*sys_);
  SKEP_CHECK(pins.pin(*this, path));
  pins.keep();
  return {};
}

}  // namespace skep
