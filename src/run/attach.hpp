// run/attach.hpp: the programs of an object onto their hooks.
#pragma once

#include "run/session.hpp"
#include "skep/hook.hpp"
#include "skep/object.hpp"
#include "skep/session.hpp"

namespace skep::run {

// Every program and struct_ops map, each at its own place.
[[nodiscard]] Result<skep::Session> attach_all(const Object& object, const SessionOptions& options);

// Where the section asked for one link.
[[nodiscard]] bool is_hung_singly(const Hook& hook) noexcept;

}  // namespace skep::run
