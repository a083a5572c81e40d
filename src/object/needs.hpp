// object/needs.hpp: what an object must find among a target's types.
#pragma once

#include "btf/minimise.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// Adds to `selection` whatever the linker looks at for any program of `spec`, loaded by default or
// not: with that part of the types it answers every CO-RE relocation as with all of them, and finds
// what BTF hooks attach to. Where numbers of types are asked for, ids are kept. What the target
// lacks is lacking afterwards, too. Errors: bad_input for a malformed relocation; unsupported.
[[nodiscard]] Result<void> select_needs(const ObjectSpec& spec, btf::Selection& selection);

}  // namespace skep::object
