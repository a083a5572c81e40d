#include "kernel/map_pin.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/text.hpp"
#include "btf/compare.hpp"
#include "kernel/info.hpp"
#include "kernel/pin.hpp"

namespace skep::kernel {
namespace {

// The kernel sets this flag by itself on maps of devices (dev_map_init_map in
// kernel/bpf/devmap.c).
constexpr std::uint32_t map_flag_read_only_for_programs = 1U << 7;

std::string type_text(std::uint32_t type) {
  const auto name = name_of(static_cast<MapType>(type));
  return name.empty() ? fmt::to_string(type) : std::string(name);
}

// "value_size is 8 there, 4 here": one for each attribute that differs.
std::vector<std::string> differences(const MapSpec& spec, MapInfoRecord there) {
  if (spec.type == MapType::devmap || spec.type == MapType::devmap_hash) {
    there.flags &= ~map_flag_read_only_for_programs;
  }
  std::vector<std::string> out;
  const auto compare = [&](const char* name, auto theirs, auto ours, auto text) {
    if (theirs == ours) return;
    out.push_back(fmt::format("its {} is {} there, {} here", name, text(theirs), text(ours)));
  };
  const auto decimal = [](auto value) { return fmt::to_string(value); };
  const auto hex = [](auto value) { return fmt::format("{:#x}", value); };
  compare("type", there.type, static_cast<std::uint32_t>(spec.type), type_text);
  compare("key_size", there.key_size, spec.key_size, decimal);
  compare("value_size", there.value_size, spec.value_size, decimal);
  compare("max_entries", there.max_entries, spec.max_entries, decimal);
  compare("map_flags", there.flags, spec.flags, hex);
  compare("map_extra", there.extra, spec.extra, hex);
  return out;
}

}  // namespace

std::filesystem::path pin_path_of(const MapSpec& spec, const std::filesystem::path& root) {
  if (!spec.pin_path.empty()) return spec.pin_path;
  if (!spec.pin_by_name) return {};
  // A bpffs takes no dots in names (bpf_lookup in kernel/bpf/inode.c).
  std::string name = spec.name;
  std::ranges::replace(name, '.', '_');
  return root / name;
}

Result<std::optional<Fd>> open_pinned(Syscalls& sys, const MapSpec& spec,
                                      const std::filesystem::path& path) {
  auto opened = open_pin(sys, path);
  if (!opened && opened.error().code() == ENOENT) return std::nullopt;
  SKEP_TRY(Fd fd, std::move(opened));
  // Programs and links are pinned like maps, and describe themselves in other words.
  SKEP_TRY(const auto kind, kind_of_pinned(sys, fd.get()));
  const char* const advice = "Remove it, or pin elsewhere.";
  if (kind != PinnedKind::map) {
    Error error(ErrorKind::busy, fmt::format("what is pinned at {} is no map", path.native()));
    return std::unexpected(std::move(error).hint(advice));
  }
  SKEP_TRY(const auto info, map_info(sys, fd.get()));
  const auto different = differences(spec, info);
  if (different.empty()) return fd;
  Error error(ErrorKind::busy, fmt::format("the map pinned at {} is another one: {}", path.native(),
                                           enumerate(different)));
  return std::unexpected(std::move(error).hint(advice));
}

std::optional<std::string> difference_of_types(Syscalls& sys, const Fd& map, const MapSpec& spec,
                                               const Btf& types) {
  const auto info = map_info(sys, map.get());
  if (!info || info->types_id == 0) return std::nullopt;
  const auto theirs = read_types(sys, info->types_id);
  if (!theirs) return std::nullopt;
  const auto compare = [&](const char* what, btf::TypeId here,
                           btf::TypeId there) -> std::optional<std::string> {
    if (here == 0 || there == 0 || !types.contains(here) || !theirs->contains(there)) return {};
    const auto found = btf::first_difference(types, here, *theirs, there);
    return found ? std::optional(fmt::format("its {} differ: {}", what, *found)) : std::nullopt;
  };
  if (auto keys = compare("keys", spec.key_type, info->key_type)) return keys;
  return compare("values", spec.value_type, info->value_type);
}

Pins::~Pins() {
  for (const auto& path : pins_) sys_->unlinkat(AT_FDCWD, path.c_str(), 0);
  for (const auto& path : directories_) sys_->unlinkat(AT_FDCWD, path.c_str(), AT_REMOVEDIR);
}

void Pins::keep() noexcept {
  pins_.clear();
  directories_.clear();
}

Result<void> Pins::pin(const Map& map, const std::filesystem::path& path) {
  SKEP_TRY(auto directory, make_directory_of(*sys_, path));
  if (!directory.empty()) directories_.push_back(std::move(directory));
  SKEP_CHECK(pin_object(*sys_, map.fd(), path));
  pins_.push_back(path.native());
  return {};
}

}  // namespace skep::kernel
