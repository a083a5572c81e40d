// Whether a program can be attached, asked of BPF_LINK_CREATE and BPF_PROG_ATTACH with a target
// that cannot be: the kernel looks for it only once it knows the program's type, its attach type
// and the link (link_create, bpf_prog_attach in kernel/bpf/syscall.c).
#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link_attributes.hpp"
#include "kernel/probe.hpp"
#include "kernel/uprobe_multi.hpp"
#include "object/attach_type.hpp"

namespace skep {

using kernel::no;
using kernel::unknown;
using kernel::yes;
using object::AttachType;

namespace {

// No process has this descriptor, and no network namespace this interface.
constexpr std::uint32_t no_descriptor = UINT32_MAX, no_interface = INT_MAX;
constexpr const char* no_function = "skep_there_is_no_such_function";

// What BPF_LINK_CREATE says of a missing target. Nothing: EINVAL, which it says of all else.
std::optional<Support> said(const Probe& probe, long result) {
  if (!probe.fd) return std::nullopt;
  switch (result) {
    case -EINVAL:
      return std::nullopt;
    case -EOPNOTSUPP:
    case -524:
      return no(fmt::format("the kernel was built without it ({})",
                            errno_name(static_cast<int>(-result))));
    case -EPERM:
    case -EACCES:
      return unknown(
          fmt::format("attaching is refused with {}", errno_name(static_cast<int>(-result))));
    default:
      return yes();
  }
}

class Asker {
 public:
  Asker(kernel::Syscalls& sys, const Probe& probe, std::uint32_t attach_type) noexcept
      : sys_(sys), probe_(probe), attach_type_(attach_type) {}

  // Of a hook that is named by a descriptor, or by an interface.
  [[nodiscard]] std::optional<Support> link(std::uint32_t target) {
    kernel::ChainLinkAttributes attributes;
    return create(attributes, target);
  }
  [[nodiscard]] std::optional<Support> netfilter() {
    kernel::NetfilterLinkAttributes attributes;  // of no protocol family
    return create(attributes, 0);
  }
  [[nodiscard]] std::optional<Support> kprobe_multi() {
    const char* names[] = {no_function};
    kernel::KprobeMultiLinkAttributes attributes;
    attributes.symbols = kernel::address_of(static_cast<const void*>(names));
    attributes.count = 1;
    return create(attributes, 0);
  }
  [[nodiscard]] std::optional<Support> without_link(std::uint32_t target) {
    kernel::AttachAttributes attributes;
    attributes.target_fd = target;
    attributes.program_fd = static_cast<std::uint32_t>(probe_.fd.get());
    attributes.attach_type = attach_type_;
    return said(probe_, kernel::call_bpf(sys_, kernel::Command::program_attach, attributes));
  }

 private:
  template <typename Attributes>
  std::optional<Support> create(Attributes& attributes, std::uint32_t target) {
    attributes.program_fd = static_cast<std::uint32_t>(probe_.fd.get());
    attributes.target = target;
    attributes.attach_type = attach_type_;
    const long result = kernel::call_bpf(sys_, kernel::Command::link_create, attributes);
    if (result >= 0) const Fd taken = kernel::adopt(result);
    return said(probe_, result);
  }

  kernel::Syscalls& sys_;
  const Probe& probe_;
  std::uint32_t attach_type_;
};

// How the hook of a program is asked for; of what stands not here loading it says all.
enum class Way : std::uint8_t {
  none,
  descriptor,
  interface,
  netfilter,
  kprobe_multi,
  uprobe_multi
};

Way way_of(ProgramType type, AttachType how) {
  switch (type) {
    case ProgramType::cgroup_skb:
    case ProgramType::cgroup_sock:
    case ProgramType::cgroup_sock_addr:
    case ProgramType::cgroup_sockopt:
    case ProgramType::cgroup_sysctl:
    case ProgramType::cgroup_device:
    case ProgramType::sock_ops:
    case ProgramType::flow_dissector:
    case ProgramType::sk_lookup:
    case ProgramType::sk_msg:
    case ProgramType::sk_skb:
    case ProgramType::lirc_mode2:
      return Way::descriptor;
    case ProgramType::sched_cls:
      return how == AttachType::none ? Way::none : Way::interface;
    case ProgramType::netfilter:
      return Way::netfilter;
    case ProgramType::perf_event:
    case ProgramType::tracepoint:
      return how == AttachType::perf_event ? Way::descriptor : Way::none;
    case ProgramType::kprobe:
      if (how == AttachType::perf_event) return Way::descriptor;
      if (how == AttachType::trace_kprobe_multi || how == AttachType::trace_kprobe_session) {
        return Way::kprobe_multi;
      }
      return how == AttachType::none ? Way::none : Way::uprobe_multi;
    default:
      return Way::none;
  }
}

std::optional<Support> ask(Way way, Asker asker) {
  switch (way) {
    case Way::descriptor:
      if (auto answer = asker.link(no_descriptor)) return answer;
      return asker.without_link(no_descriptor);
    case Way::interface:
      return asker.link(no_interface);
    case Way::netfilter:
      return asker.netfilter();
    case Way::kprobe_multi:
      return asker.kprobe_multi();
    default:
      return yes();
  }
}

Support no_such_hook() {
  return no("the kernel knows no such hook for programs of this type (EINVAL)");
}

}  // namespace

Support Features::attach_type(ProgramType type, std::uint32_t attach_type) {
  const auto how = static_cast<AttachType>(attach_type);
  if (auto base = program_type(type); !base.is_yes()) return base;
  if (type == ProgramType::struct_ops) {
    return unknown("a struct_ops program hangs in a member of a struct, by its number");
  }
  // XDP takes any attach type that there is, and looks at it when it is attached.
  const auto all = state_->find("bpf_attach_type", btf::Kind::enum_);
  if (all != 0) {
    bool known = false;
    for (const auto& one : state_->types()->type(all).enumerators()) {
      known = known || (one.value == attach_type && !one.name.starts_with("__MAX"));
    }
    if (!known) return no(fmt::format("the kernel knows no attach type {}", attach_type));
  } else if (type == ProgramType::xdp && how != AttachType::none) {
    return unknown("the kernel has no types that would say, and loading does not");
  }
  const auto program = state_->program_of(type, attach_type);
  if (const auto* answer = std::get_if<Support>(&program)) return *answer;
  const auto& asked = std::get<ProbeProgram>(program);
  const auto probe = state_->load(asked);
  if (probe.result < 0) return state_->verdict(probe, asked);
  const Way way = way_of(type, how);
  if (way == Way::uprobe_multi) return link(LinkType::uprobe_multi);
  return ask(way, Asker(*state_->sys, probe, attach_type)).value_or(no_such_hook());
}

Support Features::link(LinkType type) {
  const auto of = [&](ProgramType program, AttachType how) {
    return attach_type(program, static_cast<std::uint32_t>(how));
  };
  // By a link alone, as the same hook may be older than its link.
  const auto by_link = [&](ProgramType program, AttachType how) -> Support {
    if (auto base = program_type(program); !base.is_yes()) return base;
    const auto number = static_cast<std::uint32_t>(how);
    const auto wanted = state_->program_of(program, number);
    const auto probe = state_->load(std::get<ProbeProgram>(wanted));
    if (probe.result < 0) return state_->verdict(probe, std::get<ProbeProgram>(wanted));
    return Asker(*state_->sys, probe, number).link(no_descriptor).value_or(no_such_hook());
  };
  switch (type) {
    case LinkType::raw_tracepoint: {
      auto base = program_type(ProgramType::raw_tracepoint);
      if (!base.is_yes()) return base;
      const auto probe = state_->load({.type = ProgramType::raw_tracepoint});
      kernel::RawTracepointAttributes attributes;
      attributes.name = kernel::address_of(no_function);
      attributes.program_fd = static_cast<std::uint32_t>(probe.fd.get());
      const long result =
          kernel::call_bpf(*state_->sys, kernel::Command::raw_tracepoint_open, attributes);
      return said(probe, result).value_or(no_such_hook());
    }
    case LinkType::tracing:
      return program_type(ProgramType::tracing);
    case LinkType::cgroup:
      return by_link(ProgramType::cgroup_skb, AttachType::cgroup_inet_ingress);
    case LinkType::iterator:
      return of(ProgramType::tracing, AttachType::trace_iter);
    case LinkType::network_namespace:
      return by_link(ProgramType::flow_dissector, AttachType::flow_dissector);
    case LinkType::perf_event:
      return by_link(ProgramType::perf_event, AttachType::perf_event);
    case LinkType::kprobe_multi:
      return of(ProgramType::kprobe, AttachType::trace_kprobe_multi);
    case LinkType::netfilter:
      return of(ProgramType::netfilter, AttachType::netfilter);
    case LinkType::tcx:
      return of(ProgramType::sched_cls, AttachType::tcx_ingress);
    case LinkType::netkit:
      return of(ProgramType::sched_cls, AttachType::netkit_primary);
    case LinkType::sockmap:
      return by_link(ProgramType::sk_msg, AttachType::sk_msg_verdict);
    case LinkType::uprobe_multi: {
      const auto has = kernel::has_uprobe_multi(*state_->sys);
      if (!has) return unknown(has.error().message());
      return *has ? yes() : no_such_hook();
    }
    case LinkType::xdp:
      // A link of XDP is refused with EINVAL for a missing interface, too.
      if (state_->types() == nullptr) return unknown("the kernel has no types that would say");
      return state_->find("bpf_xdp_link", btf::Kind::struct_) != 0
                 ? yes()
                 : no("the kernel's types have no bpf_xdp_link");
    case LinkType::struct_ops:
      return state_->map(MapType::struct_ops, kernel::map_flag_link);
    case LinkType::none:
      break;
  }
  return unknown(
      fmt::format("skep does not know links of type {}", static_cast<std::uint32_t>(type)));
}

}  // namespace skep
