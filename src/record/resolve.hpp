// record/resolve.hpp: one BTF type as a column shows it: its kind, and its meaning by typedef.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "record/schema.hpp"
#include "skep/btf.hpp"

namespace skep::record {

struct Resolved {
  btf::Type type;                  // without modifiers
  std::optional<Meaning> meaning;  // what a typedef on the way says, if the type has its shape
  std::vector<std::string_view> typedefs;  // on the way, outermost first
};

// Looks through modifiers. The outermost typedef that means something counts.
[[nodiscard]] Resolved resolve(const Btf& types, btf::TypeId id);

// Whether an array of it is a text: `char`, by encoding or (clang marks no characters) by name.
[[nodiscard]] bool is_char(const btf::Type& type);

// Fills in meaning, size, sign and type for anything but arrays and plain structs, which are left
// as bytes. `size` is that of the type, in bytes. Enumerations are the caller's to look up.
void describe_scalar(const Resolved& from, std::uint32_t size, Column& column);

}  // namespace skep::record
