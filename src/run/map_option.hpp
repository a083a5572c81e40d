// run/map_option.hpp: what stands in an object's maps from the beginning: --map, --map-file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "skep/fd.hpp"
#include "skep/object.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// One entry, checked and as the kernel wants it. Where `held` is open, the value is its descriptor:
// a cgroup, a pinned program or map.
struct MapWrite {
  std::string map, option;  // as it was given, for messages
  std::vector<std::byte> key, value;
  Fd held;
};

struct MapWrites {
  std::vector<MapWrite> writes;
  // Programs that such an entry calls: they are loaded, and hang on no hook of their own.
  std::set<std::string, std::less<>> called;
};

// `options` are "MAP[KEY]=VALUE", where KEY is empty for queues, stacks and bloom filters; `file`
// (may be empty) is JSON: {"MAP": {"KEY": VALUE, …}, "ARRAY": [VALUE, …]}. Keys and values are of
// the map's BTF types (record/value.hpp); of LPM tries keys may be CIDR; keys of prog arrays may be
// system calls' names. Values of prog arrays are prog:NAME or a pin, of maps of maps map:NAME or a
// pin, of cgroup arrays whatever names a cgroup. What refers to the object itself goes into the
// spec. Errors: invalid_argument and not_found, naming the entry and what there is.
[[nodiscard]] Result<MapWrites> plan_map_writes(ObjectSpec& spec,
                                                const std::vector<std::string>& options,
                                                const std::filesystem::path& file);

// After loading, before anything is attached. Errors: what the kernel says of an entry.
[[nodiscard]] Result<void> write_maps(const Object& object, const MapWrites& writes);

}  // namespace skep::run
