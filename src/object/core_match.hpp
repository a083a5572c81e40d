// object/core_match.hpp: a local path, found again in a candidate of the target.
#pragma once

#include <optional>

#include "object/core_path.hpp"

namespace skep::object {

// The same members and elements by name, wherever they are in type `candidate` of the target.
// Nothing when it lacks one of them, or has it with another kind of type. Errors: unsupported for
// types that nest too deeply; bad_input.
[[nodiscard]] Result<std::optional<CorePath>> match_core_path(const Btf& local, btf::CoreKind kind,
                                                              const CorePath& path,
                                                              const Btf& target,
                                                              btf::TypeId candidate);

}  // namespace skep::object
