// run/streams.hpp: which type the records of a ring buffer have.
#pragma once

#include <string>
#include <vector>

#include "run/plan.hpp"

namespace skep::run {

// One entry a ring buffer. In this order: the ledger of bpf/skep/stream.bpf.h; `__type(value, …)`
// in the map's definition; a global `struct X *unused` (bpf2go's idiom) when it is the only one.
[[nodiscard]] Result<std::vector<PlannedStream>> find_streams(const ObjectSpec& spec);

}  // namespace skep::run
