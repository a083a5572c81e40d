#include "kernel/map_fill.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/bpf.hpp"

namespace skep::kernel {
namespace {

Result<void> freeze(Syscalls& sys, const Map& map) {
  MapFreezeAttributes attributes;
  attributes.map_fd = static_cast<std::uint32_t>(map.fd());
  const long result = call_bpf(sys, Command::map_freeze, attributes);
  if (result >= 0) return {};
  return fail_errno(static_cast<int>(-result), "freeze map '{}'", map.name());
}

}  // namespace

Result<void> write_section(Syscalls& sys, const Map& map) {
  const MapSpec& spec = map.spec();
  if (spec.contents.size() > spec.value_size) {
    return fail(ErrorKind::bad_input, "map '{}': {} bytes of contents for a value of {}", spec.name,
                spec.contents.size(), spec.value_size);
  }
  std::vector<std::byte> value = spec.contents;
  value.resize(spec.value_size);
  const std::uint32_t key = 0;
  SKEP_CHECK(map.update(bytes_of(key), value));
  const bool only_read =
      spec.section == DataSection::rodata || spec.section == DataSection::kconfig;
  return only_read ? freeze(sys, map) : Result<void>();
}

Result<bool> fill_map_slots(const Map& map, std::span<const Map> maps) {
  for (const MapSlot& slot : map.spec().slots) {
    if (slot.target >= maps.size()) return false;
  }
  for (const MapSlot& slot : map.spec().slots) {
    const int fd = maps[slot.target].fd();
    SKEP_CHECK(map.update(bytes_of(slot.index), bytes_of(fd)));
  }
  return true;
}

Result<void> fill_program_slots(const Map& map, const ObjectSpec& spec,
                                std::span<const Program> loaded) {
  for (const MapSlot& slot : map.spec().slots) {
    const auto& name = slot.target < spec.programs.size() ? spec.programs[slot.target].name : "?";
    const auto program = std::ranges::find(loaded, name, &Program::name);
    if (program == loaded.end()) {
      return fail(ErrorKind::invalid_argument,
                  "map '{}': slot {} names program '{}', which is not loaded", map.name(),
                  slot.index, name);
    }
    const int fd = program->fd();
    SKEP_CHECK(map.update(bytes_of(slot.index), bytes_of(fd)));
  }
  return {};
}

}  // namespace skep::kernel
