// record/where_tree.hpp: an expression of `--where` as it is written: no types yet.
//
//     or    = and { "||" and }
//     and   = not { "&&" not }
//     not   = "!" not | "(" or ")" | test
//     test  = column [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "&") value
//                    | "in" ( range | "(" range { "," range } ")" ) ]
//     range = value [ ".." value ]
//     value = number | text | address | ["-"] name
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

namespace skep::record::where {

// A part of the expression's text, for errors.
struct Place {
  std::size_t at = 0, size = 0;  // bytes
};

struct Literal {
  enum class Kind : std::uint8_t { number, real, duration, text, name, address };
  Kind kind = Kind::number;
  Place place;
  bool is_negative = false;     // number, name: a minus stands in front
  std::uint64_t magnitude = 0;  // number; duration: nanoseconds
  double real = 0;              // the same as a floating number
  std::string text;             // text, without quotes and escapes; name
  std::array<std::byte, 16> address{};
  std::uint8_t address_size = 0;  // bytes: 4 or 16
  std::uint8_t prefix = 0;        // bits
};

struct Range {
  Literal low;
  std::optional<Literal> high;  // both are in it
};

// `slots[3]`, `corners[1].x`
struct ColumnName {
  Place place;
  std::string name, member;
  std::vector<std::uint32_t> indices;
};

enum class Comparison : std::uint8_t {
  exists,  // a column alone: not empty, not 0, true
  equal,
  unequal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  like,
  unlike,
  has_bits,
  in,
};

struct Test {
  ColumnName column;
  Comparison comparison = Comparison::exists;
  Place sign;  // of the comparison
  std::vector<Range> values;
};

struct Node {
  enum class Kind : std::uint8_t { test, negation, conjunction, disjunction };
  Kind kind = Kind::test;
  std::uint32_t left = 0, right = 0;  // nodes; test: index into Tree::tests
  Place place;                        // with its parentheses
};

struct Tree {
  std::string text;
  std::vector<Test> tests;
  std::vector<Node> nodes;  // the last one is the whole
};

// Errors: invalid_argument, with a caret under what is wrong. Bounded: 64 KiB of text, parentheses
// and `!` 64 deep, 1024 tests and values.
[[nodiscard]] Result<Tree> parse(std::string_view text);

// `--where: WHAT`, and below it the expression with carets under the place.
[[nodiscard]] Error error_at(ErrorKind kind, std::string_view text, Place place,
                             std::string_view what);

}  // namespace skep::record::where
