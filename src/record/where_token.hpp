// record/where_token.hpp: the words of a `--where` expression.
#pragma once

#include <cstdint>
#include <string_view>

#include "record/where_tree.hpp"

namespace skep::record::where {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    sign,    // an operator or bracket: `text`
    word,    // a name, with dots
    number,  // digits first: a number or an address
    quoted,
  };
  Kind kind = Kind::end;
  Place place;
  std::string_view text;  // as it is written
};

// The token at or behind `at`. Errors: a character that nothing begins with, a text without an end.
[[nodiscard]] Result<Token> next_token(std::string_view text, std::size_t at);

// What a number, quoted text or word stands for. Errors: a number that is none, or too large; an
// escape that there is not.
[[nodiscard]] Result<Literal> to_literal(std::string_view text, const Token& token);

}  // namespace skep::record::where
