// record/kind.hpp: what a column means, by what people call it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.hpp"

namespace skep::record {

// "duration_us" → Meaning::duration_us: the words of --col and of SKEP_KIND. Nothing for what is
// no kind.
[[nodiscard]] std::optional<Meaning> kind_named(std::string_view name) noexcept;

// All of them, in the order of the documentation.
[[nodiscard]] std::vector<std::string_view> kind_names();

// Whether a column of this shape can be shown so: a MAC address has six bytes.
[[nodiscard]] bool can_be(const Column& column, Meaning meaning) noexcept;

// Shows the column so. Bytes in an array (u8[16], u32[4]) become one value where the kind is of
// bytes. False, and nothing changed, when it cannot be shown so.
bool show_as(Column& column, Meaning meaning) noexcept;

// The same by name: "duration_us", or "enum=NAME" and "flags=NAME" for what an enumeration of
// `types` names. The column is one of the schema. Errors: invalid_argument, with what there is.
[[nodiscard]] Result<void> set_kind(Schema& schema, Column& column, std::string_view kind,
                                    const Btf& types);

// What a member of this name and these typedefs, outermost first, is very likely to mean: such a
// guess is only made where the name leaves no doubt, or where a wrong one would do no harm.
[[nodiscard]] std::optional<Meaning> guess(std::string_view name,
                                           const std::vector<std::string_view>& typedefs,
                                           const Column& column);

// An address of either kind beside the field that says which: {saddr_v4, saddr_v6} in a union, or
// 16 bytes, become one column; the length of an LPM key's prefix and its address become another.
void join_addresses(Schema& schema);
void join_prefix(Schema& schema);

}  // namespace skep::record
