#include "kernel/map_rings.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/host.hpp"
#include "kernel/pin.hpp"
#include "skep/maps/references.hpp"

namespace skep::kernel {
namespace {

constexpr std::uint32_t most_slots = 1024;  // of the header's 64 there is no reason for more
constexpr std::size_t kernel_name_bytes = 15;

// `number` tells it from the others of its stream.
MapSpec ring_of(const MapSpec& array, std::uint32_t number) {
  MapSpec out = array.inner.front();
  out.name = fmt::format("{}[{}]", array.name, number);
  const auto suffix = fmt::format(".{}", number);
  out.kernel_name = array.name.substr(0, kernel_name_bytes - suffix.size()) + suffix;
  return out;
}

Error not_opened(const Map& array, Error why) {
  Error error = std::move(why).in(fmt::format("a ring of map '{}'", array.name()));
  if (error.kind() != ErrorKind::permission) return error;
  return std::move(error).hint("What is in it is opened by its id, which takes CAP_SYS_ADMIN.");
}

// All at once: for each call the kernel waits until no program uses what was there before.
Result<void> fill(const Map& array, std::span<const RingSlot> slots, std::span<const Map> rings) {
  std::vector<std::uint32_t> keys;
  std::vector<int> values;
  for (const auto& one : slots) {
    keys.push_back(one.slot);
    values.push_back(rings[one.ring].fd());
  }
  return array.update_many(slots.size(), std::as_bytes(std::span(keys)),
                           std::as_bytes(std::span(values)));
}

}  // namespace

std::vector<RingSlot> share_rings(std::span<const std::uint32_t> online,
                                  std::span<const std::uint32_t> possible, std::uint32_t slots) {
  std::map<std::uint32_t, std::uint32_t> rings;  // by slot
  for (const auto cpu : online) {
    rings.try_emplace(cpu % slots, static_cast<std::uint32_t>(rings.size()));
  }
  const auto count = static_cast<std::uint32_t>(std::max<std::size_t>(rings.size(), 1));
  for (const auto cpu : possible) rings.try_emplace(cpu % slots, cpu % count);
  std::vector<RingSlot> out;
  out.reserve(rings.size());
  for (const auto& [slot, ring] : rings) out.push_back({slot, ring});
  return out;
}

Result<void> make_rings(Syscalls& sys, Map& array, const MapContext& context,
                        std::vector<std::string>& notes) {
  const std::uint32_t slots = array.spec().max_entries;
  if (slots == 0 || slots > most_slots) {
    return fail(ErrorKind::invalid_argument,
                "map '{}': {} is no number of ring buffers; the size of each is max_entries of the "
                "map in it (MapSpec::inner)",
                array.name(), slots);
  }
  SKEP_TRY(const auto online, online_cpus(sys));
  SKEP_TRY(const auto possible, possible_cpu_numbers(sys));
  const auto shared = share_rings(online, possible, slots);
  const auto last = std::ranges::max(shared, {}, &RingSlot::ring);
  std::vector<Map> rings;
  for (std::uint32_t i = 0; i <= last.ring; ++i) {
    SKEP_TRY(auto ring, create_map(sys, ring_of(array.spec(), i), context, notes));
    rings.push_back(std::move(ring));
  }
  SKEP_CHECK(fill(array, shared, rings));
  array.set_rings(std::move(rings));
  return {};
}

Result<std::vector<Map>> rings_in(Syscalls& sys, const Map& array) {
  const std::uint32_t slots = array.spec().max_entries;
  if (slots > most_slots) {
    return fail(ErrorKind::invalid_argument,
                "map '{}' is no stream: it has {} places, and no stream has more than {}",
                array.name(), slots, most_slots);
  }
  std::set<std::uint64_t> ids;
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    SKEP_TRY(const auto id, maps::number_at(array, bytes_of(slot)));
    if (id) ids.insert(*id);
  }
  std::vector<Map> rings;
  for (const auto id : ids) {
    auto ring = Map::by_id(static_cast<std::uint32_t>(id), &sys);
    if (!ring) return std::unexpected(not_opened(array, std::move(ring).error()));
    if (ring->type() != MapType::ringbuf) {
      return fail(ErrorKind::invalid_argument, "map '{}' is no stream: it holds maps of type {}",
                  array.name(), name_of(ring->type()));
    }
    rings.push_back(*std::move(ring));
  }
  return rings;
}

Result<void> adopt_rings(Syscalls& sys, Map& array, const std::filesystem::path& path,
                         const MapContext& context, std::vector<std::string>& notes) {
  SKEP_TRY(const Fd lock, lock_directory_of(sys, path));
  SKEP_TRY(auto rings, rings_in(sys, array));
  if (rings.empty()) return make_rings(sys, array, context, notes);
  const auto asked = as_created(array.spec().inner.front(), context).max_entries;
  const auto there = rings.front().spec().max_entries;
  if (there != asked) {
    notes.push_back(fmt::format(
        "map '{}': its rings are those of the one pinned at {}, which have {} bytes each, not {}",
        array.name(), path.native(), there, asked));
  }
  array.set_rings(std::move(rings));
  return {};
}

}  // namespace skep::kernel
