// explain/refusal.hpp: facts about a refused load or attach, and the sentences that they make.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/function_facts.hpp"
#include "kernel/security.hpp"
#include "kernel/syscalls.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::explain {

struct Facts {
  kernel::Security security;
  std::optional<kernel::FunctionFacts> function;  // that the program was to hang on
  std::vector<std::string_view> unset_options;    // of those that such a hook takes of a kernel
  std::string configuration;                      // where that is written: "/proc/config.gz"
  bool names_capabilities = false;                // the error itself says which are missing
  // Whether the kernel takes any program of that kind, and whether it takes any at all.
  std::optional<bool> takes_kind, takes_any;
};

// Looks up what may matter to that error, and nothing else.
[[nodiscard]] Facts gather_facts(const Error& error, kernel::Syscalls& sys);

// One sentence a cause, the likeliest first. Never empty for a refusal for want of permission.
[[nodiscard]] std::vector<std::string> explain_refusal(const Error& error, const Facts& facts);

// Programs that attach without an error and never run.
[[nodiscard]] std::vector<std::string> foresee(const ObjectSpec& spec,
                                               const kernel::Security& security);

}  // namespace skep::explain
