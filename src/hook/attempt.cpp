#include "hook/attempt.hpp"

#include "hook/perf.hpp"

namespace skep::hook {
namespace {

using By = Attempt::By;
using Options = std::vector<std::string_view>;

// What that kind of hook takes of a kernel, where it can be left out of one (Kconfig).
struct OptionsOf {
  Options operator()(const Kprobe&) const {
    return {"CONFIG_KPROBES", "CONFIG_KPROBE_EVENTS", "CONFIG_BPF_EVENTS"};
  }
  Options operator()(const Ksyscall&) const { return (*this)(Kprobe()); }
  Options operator()(const KprobeMulti&) const { return {"CONFIG_KPROBES", "CONFIG_FPROBE"}; }
  Options operator()(const Uprobe&) const {
    return {"CONFIG_UPROBES", "CONFIG_UPROBE_EVENTS", "CONFIG_BPF_EVENTS"};
  }
  Options operator()(const UprobeMulti&) const { return (*this)(Uprobe()); }
  Options operator()(const Usdt&) const { return (*this)(Uprobe()); }
  Options operator()(const Tracepoint& hook) const {
    const bool is_syscall = hook.category == "syscalls" || hook.category == "raw_syscalls";
    return is_syscall ? Options{"CONFIG_FTRACE_SYSCALLS"} : Options{"CONFIG_TRACEPOINTS"};
  }
  Options operator()(const RawTracepoint&) const { return {"CONFIG_TRACEPOINTS"}; }
  Options operator()(const PerfEvent&) const { return {"CONFIG_PERF_EVENTS"}; }
  Options operator()(const Tcx&) const { return {"CONFIG_NET_XGRESS"}; }
  Options operator()(const Tc&) const {
    return {"CONFIG_NET_CLS_ACT", "CONFIG_NET_CLS_BPF", "CONFIG_NET_SCH_INGRESS"};
  }
  Options operator()(const Netkit&) const { return {"CONFIG_NETKIT"}; }
  Options operator()(const Cgroup&) const { return {"CONFIG_CGROUP_BPF"}; }
  Options operator()(const SockMap&) const {
    return {"CONFIG_NET_SOCK_MSG", "CONFIG_BPF_STREAM_PARSER"};
  }
  Options operator()(const Route&) const { return {"CONFIG_LWTUNNEL", "CONFIG_LWTUNNEL_BPF"}; }
  Options operator()(const Lirc&) const { return {"CONFIG_BPF_LIRC_MODE2"}; }
  Options operator()(const Netfilter&) const { return {"CONFIG_NETFILTER_BPF_LINK"}; }
  template <typename Other>
  Options operator()(const Other&) const {
    return {};
  }
};

void name_function(Attempt& out, const Hook& hook) {
  if (const auto* kprobe = std::get_if<Kprobe>(&hook)) {
    out.by = By::kprobe;
    out.function = kprobe->function;
  } else if (const auto* call = std::get_if<Ksyscall>(&hook)) {
    out.by = By::kprobe;
    out.function = function_of_syscall(call->name);
  } else if (const auto* multi = std::get_if<KprobeMulti>(&hook)) {
    out.by = By::kprobe_multi;
    const bool is_one = multi->functions.size() == 1 &&
                        multi->functions[0].find_first_of("*?[") == std::string::npos;
    if (is_one) out.function = multi->functions[0];
  }
}

}  // namespace

std::shared_ptr<const Attempt> attempt_of(const ProgramSpec& program, const Hook& hook) {
  Attempt out = *kernel::attempt_of(Attempt::Step::attach, program);
  auto options = std::visit(OptionsOf(), hook);
  if (!options.empty()) out.options = std::move(options);
  name_function(out, hook);
  return std::make_shared<const Attempt>(std::move(out));
}

}  // namespace skep::hook
