// stream/rings.hpp: of which ring buffers a map consists.
#pragma once

#include <vector>

#include "skep/map.hpp"

namespace skep::stream {

// Itself, or those that it has for each CPU; none of another map, or of one that was not created.
inline void add_rings(const Map& map, std::vector<const Map*>& rings) {
  if (map.fd() < 0) return;
  if (map.type() == MapType::ringbuf) rings.push_back(&map);
  for (const Map& ring : map.rings()) rings.push_back(&ring);
}

}  // namespace skep::stream
