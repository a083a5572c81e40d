// compile/depfile.hpp: what clang says it has read (-MD).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skep::compile {

// The prerequisites of a rule as clang writes it for make: "x: a.c b\ c.h \<newline> d.h". A space
// and '#' stand behind a backslash, '$' is doubled. The target is left out; order is kept.
[[nodiscard]] std::vector<std::string> parse_depfile(std::string_view text);

}  // namespace skep::compile
