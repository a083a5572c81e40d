// hook/section.hpp: the hook that a program's SEC("…") names.
#pragma once

#include <string_view>

#include "skep/link.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::hook {

// Errors: invalid_argument when the section names no target (the message says what is missing);
// unsupported for kinds of programs that skep cannot attach by SEC.
[[nodiscard]] Result<Hook> hook_of(const ProgramSpec& program, const AttachDefaults& defaults = {});

// Whether the program hangs on a control group; which of its hooks is the program's attach type.
[[nodiscard]] bool is_cgroup_hook(const ProgramSpec& program) noexcept;

// Whether the program hangs on a user binary: uprobes of every kind, USDT.
[[nodiscard]] bool is_user_probe(const ProgramSpec& program) noexcept;

// "/bin/bash:readline+4", "libc.so.6:0x1234": what follows the slash of SEC("uprobe/…").
// Errors: invalid_argument.
[[nodiscard]] Result<Uprobe> parse_uprobe(std::string_view text);

}  // namespace skep::hook
