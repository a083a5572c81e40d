// kernel/map_rings.hpp: the ring buffers of a stream that has one for each CPU
// (SKEP_STREAM_PER_CPU of bpf/skep/stream.bpf.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kernel/map_create.hpp"
#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// What stands at a place of the array.
struct RingSlot {
  std::uint32_t slot = 0;
  std::uint32_t ring = 0;  // which of the rings, from 0 on
  friend bool operator==(const RingSlot&, const RingSlot&) = default;
};

// A CPU looks at slot CPU % `slots`. One ring for each slot that a CPU looks at which is online;
// the slots of CPUs that may come online later share these. `online` and `possible` are numbers of
// CPUs, with gaps perhaps. Sorted by slot.
[[nodiscard]] std::vector<RingSlot> share_rings(std::span<const std::uint32_t> online,
                                                std::span<const std::uint32_t> possible,
                                                std::uint32_t slots);

// The ring buffers that stand in an array now, each once, the oldest first. Needs CAP_SYS_ADMIN
// where there are any. Errors: invalid_argument when it holds maps of another type, or is larger
// than any stream's array; permission.
[[nodiscard]] Result<std::vector<Map>> rings_in(Syscalls& sys, const Map& array);

// Makes the rings of an array that is new, puts them there and gives them to `array`. A system call
// a slot, which waits for all CPUs; one for all of them since kernel 6.8. Errors: invalid_argument
// when the array's max_entries were taken for the size of a ring; as create_map.
[[nodiscard]] Result<void> make_rings(Syscalls& sys, Map& array, const MapContext& context,
                                      std::vector<std::string>& notes);

// The same of an array that another loader pinned at `path`: gives it the rings that are there
// already, of whatever size (a note says so), and makes them only where there is none. One loader
// at a time, so that none takes another's rings out of it again: the pin's directory is locked
// meanwhile. Needs CAP_SYS_ADMIN. Errors: as rings_in, make_rings and lock_directory_of.
[[nodiscard]] Result<void> adopt_rings(Syscalls& sys, Map& array, const std::filesystem::path& path,
                                       const MapContext& context, std::vector<std::string>& notes);

}  // namespace skep::kernel
