// kernel/capability.hpp: which capabilities a refusal may be for (capabilities(7)).
#pragma once

#include "kernel/syscalls.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

// When it is a refusal for want of permission: says which capabilities loading and attaching a
// program of this type takes, and which of them this thread lacks.
[[nodiscard]] Error name_missing_capabilities(Syscalls& sys, Error error, ProgramType type);
// The same of making a map.
[[nodiscard]] Error name_missing_capabilities(Syscalls& sys, Error error, MapType type);

// Whether one of these has said so.
[[nodiscard]] bool has_missing_capabilities(const Error& error);

}  // namespace skep::kernel
