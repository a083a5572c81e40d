// run/ring_size.hpp: larger or smaller ring buffers than the object asks for.
#pragma once

#include <string_view>

#include "skep/spec.hpp"

namespace skep::run {

// Gives every ring buffer of the object that is to be made so many bytes, each of those of a CPU,
// too: "256K", "4M", or bytes;
// nothing given: as the object says. Errors: invalid_argument for what is no power of two of pages,
// and where the object has no ring buffer.
[[nodiscard]] Result<void> set_ring_size(ObjectSpec& spec, std::string_view size);

}  // namespace skep::run
