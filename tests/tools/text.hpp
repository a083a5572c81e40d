// tools/text.hpp: placeholders in the texts of a test.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace skep::test {

// What a text may refer to. $N is the number of the run (0 …) in a step or row that comes `times`
// or `count` times; $I the number of the word in a {repeat, times} of an argument list.
using Names = std::map<std::string, std::string, std::less<>>;

// Replaces $NAME and ${NAME} (letters, digits, '_' and '.'), and ${repeat:COUNT:TEXT}. "$$" is a
// dollar. Throws for a name that is not there.
[[nodiscard]] std::string expand(std::string_view text, const Names& names);

// Whether `text` refers to $NAME.
[[nodiscard]] bool mentions(std::string_view text, std::string_view name);

}  // namespace skep::test
