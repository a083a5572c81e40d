// skep/maps.hpp: typed views of maps.
//
//   SKEP_TRY(auto counts, object.map<skep::Hash<std::uint32_t, std::uint64_t>>("counts"));
//   SKEP_TRY(auto count, counts.lookup(pid));    // std::optional<std::uint64_t>
//
// A view is checked against the map when it is made: type, sizes and, where the map's BTF can be
// had, each field (skep/layout.hpp). Ring and perf buffers have readers: skep/ring.hpp.
#pragma once

#include "skep/maps/array.hpp"
#include "skep/maps/hash.hpp"
#include "skep/maps/lpm_trie.hpp"
#include "skep/maps/per_cpu.hpp"
#include "skep/maps/queue.hpp"
#include "skep/maps/references.hpp"
#include "skep/maps/stack_trace.hpp"
#include "skep/maps/storage.hpp"
#include "skep/maps/sweep.hpp"
