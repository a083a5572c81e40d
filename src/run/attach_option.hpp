// run/attach_option.hpp: --attach PROGRAM=HOOK, which overrides what SEC says.
#pragma once

#include <string_view>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::run {

struct AttachOption {
  std::string_view program;
  std::string_view place;  // what stands behind a hook whose SEC takes no target: "eth0"
};

// "count=tp/sched/sched_switch", "count=kprobe:vfs_read", "filter=xdp:eth0": makes the program what
// SEC would have made it. Errors: invalid_argument for what is no hook, or one of another type than
// the program was written for, and a program that there is not.
[[nodiscard]] Result<AttachOption> apply_attach(ObjectSpec& spec, std::string_view text);

}  // namespace skep::run
