// object/kconfig.hpp: the kernel's configuration, read into the variables of .kconfig.
#pragma once

#include <cstddef>
#include <vector>

#include "object/target.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// The contents of the map ".kconfig" on that machine; empty for an object without such a map.
// Precondition: check_spec(). Values and refusals are those of libbpf 1.5 (set_kcfg_value_* in
// tools/lib/bpf/libbpf.c).
//
// Errors: bad_input for a line that is no configuration; invalid_argument for a value that the
// variable's type cannot hold; not_found for a value that is not set and not __weak; unsupported
// when the configuration is not known, and for a name that begins with neither CONFIG_ nor LINUX_.
[[nodiscard]] Result<std::vector<std::byte>> kconfig_contents(const ObjectSpec& spec,
                                                              const Target& target);

}  // namespace skep::object
