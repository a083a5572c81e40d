// record/literal.hpp: a value as people write it: 5, 10.0.0.1, 'two words', [1,2],
// {weight=3,name=x}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

namespace skep::record {

struct Literal {
  enum class Kind : std::uint8_t { word, list, fields };
  Kind kind = Kind::word;
  std::string text;                // of a word, without its quotes
  std::vector<Literal> items;      // of a list, or the fields' values
  std::vector<std::string> names;  // of the fields, as many as items
};

// A word ends at , } ] or at the end of the text, unless it is quoted ('…' or "…", where \ stands
// before what shall be taken as it is); spaces around it do not count. A field's name stands before
// = or :. Errors: invalid_argument with the position; more than 32 levels, or 1 Mi values.
[[nodiscard]] Result<Literal> parse_literal(std::string_view text);

}  // namespace skep::record
