// What the tests of `--where` share.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "record/where.hpp"
#include "unit/record_support.hpp"

namespace skep::test {

using record::Where;

inline Result<Where> try_compile(const record::Schema& schema, std::string_view text) {
  SKEP_TRY(const auto tree, record::where::parse(text));
  return Where::compile(tree, schema);
}

inline bool passes(const record::Schema& schema, std::string_view text,
                   std::span<const std::byte> record) {
  const auto where = try_compile(schema, text);
  EXPECT_TRUE(where) << text << "\n" << (where ? "" : where.error().message());
  return where && (*where)(record);
}

inline std::string error_of(const record::Schema& schema, std::string_view text) {
  const auto where = try_compile(schema, text);
  EXPECT_FALSE(where) << text;
  if (where) return {};
  std::string out(where.error().message());
  for (const auto& hint : where.error().hints()) out += "\n" + hint;
  return out;
}

}  // namespace skep::test
