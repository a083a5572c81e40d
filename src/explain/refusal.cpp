#include "explain/refusal.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "base/text.hpp"
#include "explain/function.hpp"
#include "explain/permission.hpp"
#include "kernel/attempt.hpp"
#include "kernel/capability.hpp"
#include "kernel/kconfig.hpp"
#include "skep/explain.hpp"

namespace skep::explain {
namespace {

using Step = Attempt::Step;

// What the kernel says when it lacks something, rather than time, memory or rights.
bool may_lack_an_option(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unsupported:
      return true;
    case ErrorKind::not_found:
    case ErrorKind::invalid_argument:
      return error.code() != 0;
    default:
      return false;
  }
}

void look_up_options(const Attempt& attempt, kernel::Syscalls& sys, Facts& out) {
  const auto configuration = kernel::read_kconfig(sys);
  if (!configuration) return;
  out.unset_options = kernel::unset_options(*configuration, attempt.options);
  out.configuration = configuration->source;
}

// The verifier names the helper; the kernel hides it from every program then (bpf_base_func_proto
// in kernel/bpf/helpers.c, bpf_tracing_func_proto in kernel/trace/bpf_trace.c).
std::string_view forbidden_helper(std::string_view log, std::string_view lockdown) {
  const bool is_confidential = lockdown == "confidentiality";
  if (!is_confidential && lockdown != "integrity") return {};
  const auto names = [&](std::string_view helper) {
    return log.find(std::string(helper) + "#") != std::string_view::npos;
  };
  if (names("bpf_probe_write_user")) return "bpf_probe_write_user";
  if (!is_confidential) return {};
  for (const std::string_view helper : {"bpf_probe_read_kernel", "bpf_probe_read_kernel_str",
                                        "bpf_probe_read", "bpf_probe_read_str"}) {
    if (names(helper)) return helper;
  }
  return {};
}

std::vector<std::string> explain_rejection(const Error& error, const Facts& facts) {
  const auto helper = forbidden_helper(error.report(), facts.security.lockdown);
  if (helper.empty()) return {};
  return {fmt::format(
      "The kernel is locked down ({}), which forbids {}() to every program; only another boot "
      "(lockdown=none, or without Secure Boot) lifts it.",
      facts.security.lockdown, helper)};
}

// A kernel that is booted so makes no files in tracefs (tracing_init_dentry in
// kernel/trace/trace.c).
bool is_hidden_by_lockdown(const Error& error, const kernel::Security& security) {
  const auto* attempt = error.attempt();
  return security.lockdown == "confidentiality" && error.kind() == ErrorKind::not_found &&
         attempt != nullptr && attempt->step == Step::attach &&
         attempt->type == ProgramType::tracepoint;
}

std::string tell_options(const Facts& facts) {
  std::vector<std::string> names(facts.unset_options.begin(), facts.unset_options.end());
  return fmt::format("{} {} not set in {}: it seems that this kernel was built without.",
                     enumerate(names), names.size() == 1 ? "is" : "are", facts.configuration);
}

}  // namespace

Facts gather_facts(const Error& error, kernel::Syscalls& sys) {
  Facts out;
  out.security = kernel::read_security(sys);
  out.names_capabilities = kernel::has_missing_capabilities(error);
  const auto* attempt = error.attempt();
  if (attempt == nullptr || error.kind() == ErrorKind::rejected) return out;
  if (error.kind() == ErrorKind::permission) {
    if (attempt->step != Step::load) return out;
    out.takes_kind = kernel::takes_programs(sys, attempt->type, attempt->attach_type);
    out.takes_any = kernel::takes_programs(sys, ProgramType::socket_filter, 0);
    return out;
  }
  // A kernel without such hooks says nothing about a function, and a kprobe is never busy.
  const bool is_probe = attempt->by != Attempt::By::trampoline;
  const bool is_other = is_probe && error.code() == EBUSY;
  if (!attempt->function.empty() && error.kind() != ErrorKind::unsupported && !is_other) {
    out.function = kernel::facts_of_function(sys, attempt->function);
  }
  if (may_lack_an_option(error)) look_up_options(*attempt, sys, out);
  return out;
}

std::vector<std::string> explain_refusal(const Error& error, const Facts& facts) {
  if (error.kind() == ErrorKind::rejected) return explain_rejection(error, facts);
  if (error.kind() == ErrorKind::permission) return explain_permission(error.attempt(), facts);
  std::vector<std::string> out;
  if (facts.function) out = explain_function(*error.attempt(), *facts.function);
  if (is_hidden_by_lockdown(error, facts.security)) {
    out.push_back(tell_lockdown(facts.security.lockdown));
  }
  if (!facts.unset_options.empty()) out.push_back(tell_options(facts));
  if (error.code() == ENOSYS && facts.security.seccomp == 2) out.push_back(tell_seccomp());
  return out;
}

std::vector<std::string> foresee(const ObjectSpec& spec, const kernel::Security& security) {
  std::vector<std::string> out;
  for (const auto& program : spec.programs) {
    if (!program.autoload) continue;
    if (auto why = security.why_never_run(program.name, program.type)) {
      out.push_back(*std::move(why));
    }
  }
  return out;
}

}  // namespace skep::explain

namespace skep {

std::vector<std::string> why_refused(const Error& error) {
  auto facts = explain::gather_facts(error, kernel::real_syscalls());
  return explain::explain_refusal(error, facts);
}

std::vector<std::string> foresee(const ObjectSpec& spec) {
  for (const auto& program : spec.programs) {
    if (!program.autoload || program.type != ProgramType::lsm) continue;
    return explain::foresee(spec, kernel::read_security(kernel::real_syscalls()));
  }
  return {};
}

}  // namespace skep
