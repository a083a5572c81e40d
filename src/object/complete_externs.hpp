// object/complete_externs.hpp: the externs in an object's BTF, made variables and functions that
// the kernel's verifier of types accepts.
#pragma once

#include <span>
#include <vector>

#include "object/raw_types.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

inline constexpr std::string_view stand_in_name = "dummy_ksym";

// The kernel takes no BTF with something undefined in it. So .ksyms becomes a section of integers,
// its functions global ones; where it has functions, a variable "dummy_ksym" is added that stands
// for each of them in the section, as a section holds only variables. .kconfig becomes the section
// that the map of that name will be. What libbpf 1.5 does, to the byte.
//
// `types` is what was found in `bytes`; it is stale afterwards. Errors: bad_input for a section
// that names what is no extern of the file.
[[nodiscard]] Result<void> complete_externs(const RawTypes& types, std::vector<std::byte>& bytes,
                                            std::span<const ExternSpec> externs);

}  // namespace skep::object
