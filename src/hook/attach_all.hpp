// hook/attach_all.hpp: a program on every place that a hook stands for.
#pragma once

#include <vector>

#include "hook/attach.hpp"

namespace skep::hook {

// As many links as there are places: several only for an interface with * ? or [] in its name.
// All or nothing. Errors: as Program::attach.
[[nodiscard]] Result<std::vector<Link>> attach_all(const Program& program, const Hook& hook,
                                                   Host& host);
// Where SEC says, or the defaults where that says nothing.
[[nodiscard]] Result<std::vector<Link>> attach_all(const Program& program,
                                                   const AttachDefaults& defaults, Host& host);

}  // namespace skep::hook
