// btf/compare.hpp: whether values of two types are the same bytes.
#pragma once

#include <optional>
#include <string>

#include "skep/btf.hpp"

namespace skep::btf {

// The first thing in which values of the one type (`here`) differ from those of the other
// (`there`): a size, what a number is, a member's name or place: "member 'a.b' is at bit 64 there,
// 32 here". Nothing when they are alike. Names of types, qualifiers, and what pointers point to do
// not matter.
[[nodiscard]] std::optional<std::string> first_difference(const Btf& here, TypeId here_id,
                                                          const Btf& there, TypeId there_id);

}  // namespace skep::btf
