// hook/holder.hpp: who has the place that we wanted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/syscalls.hpp"

namespace skep::hook {

// "program 42 ('drop', tag 0011…)", or "program 42" where we may not ask (CAP_SYS_ADMIN).
[[nodiscard]] std::string describe_program(kernel::Syscalls& sys, std::uint32_t id);
// "drop", or "program 42".
[[nodiscard]] std::string program_name(kernel::Syscalls& sys, std::uint32_t id);
// "program 1 ('a', tag …) and program 2 (…)".
[[nodiscard]] std::string describe_programs(kernel::Syscalls& sys,
                                            const std::vector<std::uint32_t>& ids);

// ": link 7 holds it with program 42 (…)."; "" when no link does, or we may not ask.
[[nodiscard]] std::string holder_of_xdp(kernel::Syscalls& sys, std::uint32_t index);

}  // namespace skep::hook
