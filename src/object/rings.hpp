// object/rings.hpp: which maps are streams of bpf/skep/stream.bpf.h, and which have a ring buffer
// for each CPU.
#pragma once

#include <string_view>

#include "skep/spec.hpp"

namespace skep::object {

// The variable that is ring buffer `ring`'s ledger; nullptr when the object has none for it.
[[nodiscard]] const Variable* find_ledger(const ObjectSpec& spec, std::string_view ring);

// A map of ring buffers, whoever puts them there.
[[nodiscard]] bool holds_rings(const MapSpec& map) noexcept;

// SKEP_STREAM_PER_CPU: an array of ring buffers with a ledger, which skep fills. Each is as
// `map.inner.front()` says.
[[nodiscard]] bool has_ring_per_cpu(const ObjectSpec& spec, const MapSpec& map);

}  // namespace skep::object
