// object/attach_target.hpp: what a tracing program attaches to, as a type of the kernel.
#pragma once

#include <optional>
#include <string>

#include "object/target_names.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// The name and kind of the type that the kernel knows the hook by.
struct AttachTarget {
  std::string name;
  btf::Kind kind = btf::Kind::func;
  std::string module;  // SEC("fentry/MODULE:FUNCTION"): only there
};

// Nothing where the program needs none (its type says all, or it replaces another program's
// function). Errors: invalid_argument when its SEC(…) lacks the target.
[[nodiscard]] Result<std::optional<AttachTarget>> attach_target_of(const ProgramSpec& program);

// Errors: not_found, with what it may have been meant to be.
[[nodiscard]] Result<TargetType> find_attach_target(const AttachTarget& target, TargetNames& names);

}  // namespace skep::object
