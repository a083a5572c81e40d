// stream/ledger.hpp: which variable is the ledger of a stream. See skep/ledger.hpp.
#pragma once

#include <string_view>

#include "skep/spec.hpp"

namespace skep::stream {

// The variable that is ring buffer `ring`'s ledger; nullptr when the object has none for it.
[[nodiscard]] const Variable* find_ledger(const ObjectSpec& spec, std::string_view ring);

}  // namespace skep::stream
