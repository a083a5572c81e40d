// run/map_entry.hpp: one entry of a map from what was written. See map_option.hpp.
#pragma once

#include "record/literal.hpp"
#include "run/map_option.hpp"

namespace skep::run {

struct GivenEntry {
  std::string map, key;
  std::string option;       // for messages: "--map ports[80]"
  record::Literal literal;  // from a file; else `text`
  std::string text;
  bool is_text = false;
};

// Checks the entry and adds it to `out`, or to the spec. Errors: see plan_map_writes().
[[nodiscard]] Result<void> add_entry(ObjectSpec& spec, const GivenEntry& given, MapWrites& out);

}  // namespace skep::run
