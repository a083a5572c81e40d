// record/entry.hpp: what the bytes of a map's entry mean.
#pragma once

#include "record/schema.hpp"

namespace skep::record {

// A part of a record that has a type of its own: a key, a value, a global variable.
struct Part {
  std::string name;
  btf::TypeId type = 0;
  std::uint32_t offset = 0;  // bytes from the start of the record
};

// One schema of all parts. In JSON each part is a member by its name; in a table the columns of a
// struct go by their own names, unless another part has one of that name: then by "PART.NAME", each
// of them. Errors: those of make_schema.
[[nodiscard]] Result<Schema> make_schema(const Btf& types, const std::vector<Part>& parts);

}  // namespace skep::record
