#include "kernel/map_fill.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/memory.hpp"

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

// The kernel refuses any other place than the one that was asked for (arena_map_mmap in
// kernel/bpf/arena.c), so that a mapping that is there already is not replaced.
Result<void> map_arena(Syscalls& sys, Map& map) {
  const MapSpec& spec = map.spec();
  const auto bytes =
      std::uint64_t{spec.max_entries} * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (spec.contents.size() > bytes) {
    return fail(ErrorKind::bad_input, "map '{}': {} bytes of variables in an arena of {}",
                map.name(), spec.contents.size(), bytes);
  }
  SKEP_TRY(auto memory, map_memory_at(sys, spec.extra, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                                      map.fd(), fmt::format("arena '{}'", map.name())));
  std::ranges::copy(spec.contents, memory.bytes().begin());
  map.set_memory(std::move(memory));
  return {};
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

Result<void> fill_struct_ops(Map& map, const object::StructOpsMap& table,
                             std::span<const int> loaded) {
  std::vector<std::byte> value = table.value;
  for (const MapSlot& slot : table.functions) {
    if (slot.target >= loaded.size() || loaded[slot.target] < 0) {
      return fail(ErrorKind::invalid_argument, "map '{}': program {} is not loaded", map.name(),
                  slot.target);
    }
    const std::uint64_t fd = static_cast<std::uint32_t>(loaded[slot.target]);
    std::ranges::copy(bytes_of(fd), value.begin() + slot.index);
  }
  map.set_contents(std::move(value));
  return {};
}

}  // namespace skep::kernel
