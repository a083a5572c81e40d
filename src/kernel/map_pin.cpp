#include "kernel/map_pin.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/fdinfo.hpp"
#include "kernel/info.hpp"

namespace skep::kernel {
namespace {

constexpr long bpffs_magic = 0xcafe4a11;  // BPF_FS_MAGIC (include/uapi/linux/magic.h)
constexpr unsigned directory_mode = 0700;
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

Error no_bpffs(Syscalls& sys, const std::string& directory, int code) {
  Error error = Error::from_errno(code, fmt::format("pin in {}", directory));
  const long magic = sys.file_system(directory.c_str());
  if (magic < 0 || magic == bpffs_magic) return error;
  return Error(ErrorKind::unsupported,
               fmt::format("pin in {}: no bpffs is mounted there", directory))
      .hint("Mount one: mount -t bpf bpf /sys/fs/bpf; or name another as the pin root.");
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
  PinAttributes attributes;
  attributes.path = address_of(path.c_str());
  const long result = call_bpf(sys, Command::object_get, attributes);
  if (result == -ENOENT) return std::nullopt;
  if (result < 0) return fail_errno(static_cast<int>(-result), "open the pin {}", path.native());
  Fd fd = adopt(result);
  // Programs and links are pinned like maps, and describe themselves in other words.
  SKEP_TRY(const auto says, read_fdinfo(sys, fd.get()));
  const char* const advice = "Remove it, or pin elsewhere.";
  if (!says.contains("map_type")) {
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

Pins::~Pins() {
  for (const auto& path : pins_) sys_->unlinkat(AT_FDCWD, path.c_str(), 0);
  for (const auto& path : directories_) sys_->unlinkat(AT_FDCWD, path.c_str(), AT_REMOVEDIR);
}

void Pins::keep() noexcept {
  pins_.clear();
  directories_.clear();
}

Result<void> Pins::pin(const Map& map, const std::filesystem::path& path) {
  const std::string directory = path.has_parent_path() ? path.parent_path().native() : ".";
  const long made = sys_->mkdirat(AT_FDCWD, directory.c_str(), directory_mode);
  if (made < 0 && made != -EEXIST) {
    return fail_errno(static_cast<int>(-made), "make the directory {}", directory);
  }
  if (made >= 0) directories_.push_back(directory);
  PinAttributes attributes;
  attributes.path = address_of(path.c_str());
  attributes.fd = static_cast<std::uint32_t>(map.fd());
  const long result = call_bpf(*sys_, Command::object_pin, attributes);
  if (result >= 0) {
    pins_.push_back(path.native());
    return {};
  }
  const int code = static_cast<int>(-result);
  if (code == EPERM) return std::unexpected(no_bpffs(*sys_, directory, code));
  return fail_errno(code, "pin at {}", path.native());
}

}  // namespace skep::kernel
