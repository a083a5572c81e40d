// hook/attempt.hpp: attaching a program, as an error names it.
#pragma once

#include <memory>

#include "kernel/attempt.hpp"
#include "skep/hook.hpp"
#include "skep/spec.hpp"

namespace skep::hook {

[[nodiscard]] std::shared_ptr<const Attempt> attempt_of(const ProgramSpec& program,
                                                        const Hook& hook);

}  // namespace skep::hook
