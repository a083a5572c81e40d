#include "hook/link_hook.hpp"

#include <fmt/format.h>

#include "hook/cgroup_path.hpp"
#include "object/attach_type.hpp"

namespace skep {

std::string name_of(LinkType type) {
  static constexpr std::string_view names[] = {
      "none",         "raw tracepoint", "tracing",
      "cgroup",       "iterator",       "network namespace",
      "xdp",          "perf event",     "kprobe.multi",
      "struct_ops",   "netfilter",      "tcx",
      "uprobe.multi", "netkit",         "sockmap"};
  const auto number = static_cast<std::size_t>(type);
  if (number < std::size(names)) return std::string(names[number]);
  return fmt::format("link type {}", number);
}

namespace hook {
namespace {

using object::AttachType;

AttachType attach_type_of(const LinkInfo& info) noexcept {
  return static_cast<AttachType>(info.attach_type);
}

Hook tracing_hook(const LinkInfo& info) {
  const auto kind = [&]() -> std::string {
    switch (attach_type_of(info)) {
      case AttachType::trace_fentry:
        return "fentry";
      case AttachType::trace_fexit:
        return "fexit";
      case AttachType::modify_return:
        return "fmod_ret";
      case AttachType::lsm_mac:
        return "lsm";
      default:
        return "tracing";
    }
  }();
  if (attach_type_of(info) == AttachType::trace_raw_tp) return BtfTracepoint{};
  return Trampoline{
      .kind = kind, .function = fmt::format("type {}", info.target_type), .cookie = info.cookie};
}

Hook perf_hook(const LinkInfo& info) {
  switch (info.perf) {
    case PerfKind::uprobe:
    case PerfKind::uretprobe:
      return Uprobe{.binary = info.name,
                    .symbol = {},
                    .offset = info.offset,
                    .at_return = info.perf == PerfKind::uretprobe,
                    .cookie = info.cookie};
    case PerfKind::kprobe:
    case PerfKind::kretprobe:
      return Kprobe{.function = info.name,
                    .offset = info.offset,
                    .at_return = info.perf == PerfKind::kretprobe,
                    .cookie = info.cookie};
    case PerfKind::tracepoint:
      return Tracepoint{.category = {}, .name = info.name, .cookie = info.cookie};
    case PerfKind::event:
    case PerfKind::unknown:
      break;
  }
  return PerfEvent{.cookie = info.cookie};
}

std::string path_of_cgroup(kernel::Syscalls& sys, std::uint64_t id) {
  if (auto path = cgroup_of_id(sys, id); path) return *std::move(path);
  return fmt::format("of id {}", id);
}

}  // namespace

Hook hook_of(kernel::Syscalls& sys, const LinkInfo& info) {
  const auto interface = std::to_string(info.interface);
  switch (info.type) {
    case LinkType::raw_tracepoint:
      return RawTracepoint{.name = info.name};
    case LinkType::tracing:
    case LinkType::none:
      return tracing_hook(info);
    case LinkType::cgroup:
      return Cgroup{.path = path_of_cgroup(sys, info.cgroup)};
    case LinkType::iterator:
      return Iterator{.target = info.name, .pid = info.process};
    case LinkType::network_namespace:
      return NetworkNamespace{.path = fmt::format("net:[{}]", info.network)};
    case LinkType::xdp:
      return Xdp{.interface = interface};
    case LinkType::tcx:
      return Tcx{.interface = interface,
                 .direction = attach_type_of(info) == AttachType::tcx_egress ? Direction::egress
                                                                             : Direction::ingress};
    case LinkType::netkit:
      return Netkit{.interface = interface,
                    .peer = attach_type_of(info) == AttachType::netkit_peer};
    case LinkType::perf_event:
      return perf_hook(info);
    case LinkType::kprobe_multi:
      return KprobeMulti{.functions = {fmt::format("{} functions", info.count)},
                         .at_return = (info.multi_flags & 1) != 0};
    case LinkType::uprobe_multi:
      return UprobeMulti{.binary = info.name,
                         .places = {{.symbol = fmt::format("{} functions", info.count)}},
                         .at_return = (info.multi_flags & 1) != 0,
                         .pid = info.process == 0 ? -1 : static_cast<int>(info.process)};
    case LinkType::struct_ops:
      return StructOps{.type = fmt::format("of map {}", info.map)};
    case LinkType::sockmap:
      return SockMap{};
    case LinkType::netfilter:
      return Netfilter{.ipv6 = info.family == 10,
                       .hook = static_cast<Netfilter::Hook>(info.hook),
                       .priority = info.priority};
  }
  return Trampoline{.kind = name_of(info.type), .function = {}};
}

}  // namespace hook
}  // namespace skep
