// run/pushdown.hpp: `--where` in the kernel, as far as it can be: what nobody wants is not sent.
#pragma once

#include <optional>
#include <vector>

#include "run/plan.hpp"
#include "run/session.hpp"
#include "skep/object.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// Puts the expression of `options` into the programs, stream by stream: each call of skep_where
// (bpf/skep/stream.bpf.h) asks a function of its stream's, or, where nothing is to be asked,
// becomes the answer. User space asks all of it of what arrives, whatever the kernel did. Returns
// what is tested where; nothing without an expression. Precondition: check_choice() found nothing
// wrong.
[[nodiscard]] std::vector<PlannedWhere> push_where(ObjectSpec& spec, const Plan& plan,
                                                   const RowOptions& options, bool follows_command);

// Loads the object with the expression in it. Where the kernel refuses that, without, and
// `plan.notes` says so. Errors: those of Object::load.
[[nodiscard]] Result<Object> load_with_where(ObjectSpec spec, Plan& plan,
                                             const SessionOptions& options,
                                             const std::optional<Btf>& kernel_types);

}  // namespace skep::run
