// run/attach.hpp: the programs of an object onto their hooks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/session.hpp"
#include "skep/hook.hpp"
#include "skep/object.hpp"
#include "skep/session.hpp"

namespace skep::run {

// Loads all that is to be loaded; of alternatives (SKEP_ALTERNATIVE) what this kernel takes.
// Errors: those of Object::load.
[[nodiscard]] Result<Object> load_all(ObjectSpec spec, std::optional<Btf> kernel_types,
                                      const SessionOptions& options);

// Every program and struct_ops map, each at its own place; of alternatives the first that the
// kernel takes. What stands in for what, and why, is added to `notes`, a sentence each.
[[nodiscard]] Result<skep::Session> attach_all(const Object& object, const SessionOptions& options,
                                               std::vector<std::string>& notes);

// A program that its object puts into a prog array, and whose SEC names no place: it is called, and
// hangs on no hook of its own.
[[nodiscard]] bool is_only_called(const ObjectSpec& spec, const ProgramSpec& program);

// Where the section asked for one link.
[[nodiscard]] bool is_hung_singly(const Hook& hook) noexcept;

}  // namespace skep::run
