// stream/stack_ids.hpp: where an object's programs put the ids of stacks.
#pragma once

#include <cstdint>
#include <vector>

#include "skep/spec.hpp"

namespace skep::stream {

// An id that bpf_get_stackid() returned becomes a part of a map's key or value.
struct StackIdUse {
  std::uint32_t stacks = 0;  // index into ObjectSpec::maps: of the stacks
  std::uint32_t map = 0;     // the same, of the map that it becomes a part of
  bool is_in_key = false;
  std::uint32_t offset = 0;  // bytes from the key's start, or the value's

  friend bool operator==(const StackIdUse&, const StackIdUse&) = default;
};

// Reads each function from its first instruction to its last, as if nothing jumped: some may be
// missing. In order, each once.
[[nodiscard]] std::vector<StackIdUse> find_stack_ids(const ObjectSpec& spec);

}  // namespace skep::stream
