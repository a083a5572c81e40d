// record/namer.hpp: names of numbers that one has to look up.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "record/schema.hpp"
#include "record/writer.hpp"

namespace skep::record {

// What it has found once it knows. Users and groups are those of this machine (getpwuid(3)),
// cgroups those of the mounted hierarchy (version 2), processes as they are called now.
class Namer {
 public:
  // Writes the name of a value of such a column: ASCII or UTF-8 without control characters. False,
  // and nothing written, when it has none.
  bool write(Writer& out, Meaning meaning, std::uint64_t value);

 private:
  using Names = std::unordered_map<std::uint64_t, std::string>;  // empty: there is none

  template <typename Find>
  static bool write_once(Writer& out, Names& names, std::uint64_t value, Find find);

  Names users_, groups_, system_calls_, cgroups_, programs_, maps_;
};

// Whether columns of this meaning have names that a Namer knows.
[[nodiscard]] bool is_named(Meaning meaning) noexcept;

}  // namespace skep::record
