#include "kernel/attempt.hpp"

#include "object/attach_type.hpp"

namespace skep::kernel {
namespace {

using object::AttachType;

bool is_trampoline(const ProgramSpec& program) {
  if (program.type != ProgramType::tracing || program.attaches_to_program) return false;
  switch (static_cast<AttachType>(program.attach_type)) {
    case AttachType::trace_fentry:
    case AttachType::trace_fexit:
    case AttachType::modify_return:
    case AttachType::trace_fsession:
      return true;
    default:
      return false;
  }
}

std::vector<std::string_view> options_of(const ProgramSpec& program) {
  switch (program.type) {
    case ProgramType::tracing:
      if (!is_trampoline(program)) return {"CONFIG_BPF_EVENTS", "CONFIG_DEBUG_INFO_BTF"};
      return {"CONFIG_BPF_EVENTS", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF",
              "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"};
    case ProgramType::lsm:
      return {"CONFIG_BPF_LSM", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"};
    case ProgramType::ext:
    case ProgramType::struct_ops:
      return {"CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"};
    case ProgramType::kprobe:
    case ProgramType::tracepoint:
    case ProgramType::perf_event:
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
      return {"CONFIG_BPF_EVENTS"};
    case ProgramType::cgroup_skb:
    case ProgramType::cgroup_sock:
    case ProgramType::cgroup_device:
    case ProgramType::cgroup_sock_addr:
    case ProgramType::cgroup_sysctl:
    case ProgramType::cgroup_sockopt:
      return {"CONFIG_CGROUP_BPF"};
    case ProgramType::lirc_mode2:
      return {"CONFIG_BPF_LIRC_MODE2"};
    case ProgramType::netfilter:
      return {"CONFIG_NETFILTER_BPF_LINK"};
    default:
      return {};
  }
}

// SEC("fentry/MODULE:FUNCTION").
std::string function_of(const ProgramSpec& program) {
  const auto colon = program.attach_to.find(':');
  return colon == std::string::npos ? program.attach_to : program.attach_to.substr(colon + 1);
}

}  // namespace

std::shared_ptr<const Attempt> attempt_of(Attempt::Step step, const ProgramSpec& program) {
  Attempt attempt{.step = step,
                  .program = program.name,
                  .type = program.type,
                  .attach_type = program.attach_type,
                  .options = options_of(program)};
  if (is_trampoline(program)) {
    attempt.by = Attempt::By::trampoline;
    attempt.function = function_of(program);
  }
  return std::make_shared<const Attempt>(std::move(attempt));
}

Error about(Error error, std::shared_ptr<const Attempt> attempt) {
  if (error.attempt() != nullptr) return error;
  return std::move(error).while_trying(std::move(attempt));
}

}  // namespace skep::kernel
