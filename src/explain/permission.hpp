// explain/permission.hpp: why the kernel may have said "not permitted".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explain/refusal.hpp"
#include "kernel/attempt.hpp"

namespace skep::explain {

// One sentence a cause, the likeliest first. Never empty. `attempt`: nullptr when it is not known
// what was refused.
[[nodiscard]] std::vector<std::string> explain_permission(const Attempt* attempt,
                                                          const Facts& facts);

[[nodiscard]] std::string tell_seccomp();
// "integrity" or "confidentiality".
[[nodiscard]] std::string tell_lockdown(std::string_view mode);

}  // namespace skep::explain
