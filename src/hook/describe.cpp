#include <fmt/format.h>

#include "base/text.hpp"
#include "skep/hook.hpp"

namespace skep {
namespace {

std::string_view name_of(PerfEvent::Event event) noexcept {
  switch (event) {
    case PerfEvent::Event::cpu_clock:
      return "cpu-clock";
    case PerfEvent::Event::task_clock:
      return "task-clock";
    case PerfEvent::Event::page_faults:
      return "page-faults";
    case PerfEvent::Event::context_switches:
      return "context-switches";
    case PerfEvent::Event::cpu_migrations:
      return "cpu-migrations";
    case PerfEvent::Event::cpu_cycles:
      return "cpu-cycles";
    case PerfEvent::Event::instructions:
      return "instructions";
    case PerfEvent::Event::breakpoint:
      return "breakpoint";
  }
  return "event";
}

std::string with_offset(std::string name, std::uint64_t offset) {
  return offset == 0 ? name : fmt::format("{}+{:#x}", name, offset);
}

std::string place(const std::string& symbol, std::uint64_t offset) {
  return symbol.empty() ? fmt::format("{:#x}", offset) : with_offset(symbol, offset);
}

std::string of_process(int pid, bool singly) {
  return (pid == -1 ? "" : fmt::format(" of process {}", pid)) + (singly ? ", one by one" : "");
}

struct Describe {
  std::string operator()(const Tracepoint& hook) const {
    return fmt::format("tracepoint {}/{}", hook.category, hook.name);
  }
  std::string operator()(const RawTracepoint& hook) const {
    return fmt::format("raw tracepoint {}", hook.name);
  }
  std::string operator()(const BtfTracepoint& hook) const {
    return hook.name.empty() ? "BTF tracepoint" : fmt::format("BTF tracepoint {}", hook.name);
  }
  std::string operator()(const Kprobe& hook) const {
    return fmt::format("{} {}", hook.at_return ? "kretprobe" : "kprobe",
                       with_offset(hook.function, hook.offset));
  }
  std::string operator()(const KprobeMulti& hook) const {
    const auto kind = hook.session     ? "kprobe.session"
                      : hook.at_return ? "kretprobe.multi"
                                       : "kprobe.multi";
    return fmt::format("{} {}", kind, enumerate(hook.functions));
  }
  std::string operator()(const Ksyscall& hook) const {
    return fmt::format("{} {}", hook.at_return ? "kretsyscall" : "ksyscall", hook.name);
  }
  std::string operator()(const Trampoline& hook) const {
    return fmt::format("{} {}", hook.kind, hook.function);
  }
  std::string operator()(const Freplace& hook) const {
    return fmt::format("freplace {}", hook.function);
  }
  std::string operator()(const PerfEvent& hook) const {
    const auto rate = hook.frequency != 0 ? fmt::format("{} Hz", hook.frequency)
                                          : fmt::format("every {}", hook.period);
    const bool at_address = hook.event == PerfEvent::Event::breakpoint;
    return fmt::format("perf event {}{}, {}{}{}", name_of(hook.event),
                       at_address ? fmt::format(" {:#x}", hook.address) : "", rate,
                       hook.pid == -1 ? "" : fmt::format(", process {}", hook.pid),
                       hook.cpu == -1 ? "" : fmt::format(", CPU {}", hook.cpu));
  }
  std::string operator()(const Iterator& hook) const {
    return fmt::format("iterator {}", hook.target);
  }
  std::string operator()(const Xdp& hook) const { return fmt::format("xdp {}", hook.interface); }
  std::string operator()(const Tcx& hook) const {
    return fmt::format("tcx {} {}", hook.interface,
                       hook.direction == Direction::ingress ? "ingress" : "egress");
  }
  std::string operator()(const Tc& hook) const {
    auto text = fmt::format("tc {} {}", hook.interface,
                            hook.direction == Direction::ingress ? "ingress" : "egress");
    if (hook.priority != 0) text += fmt::format(", priority {}", hook.priority);
    if (hook.handle != 0) text += fmt::format(", handle {:#x}", hook.handle);
    return text;
  }
  std::string operator()(const Netkit& hook) const {
    return fmt::format("netkit {} {}", hook.interface, hook.peer ? "peer" : "primary");
  }
  std::string operator()(const Cgroup& hook) const {
    return hook.path.empty() ? "cgroup root" : fmt::format("cgroup {}", hook.path);
  }
  std::string operator()(const NetworkNamespace& hook) const {
    return fmt::format("network namespace {}", hook.path.empty() ? "of this process" : hook.path);
  }
  std::string operator()(const SockMap& hook) const {
    return fmt::format("sockmap at descriptor {}", hook.map);
  }
  std::string operator()(const Socket& hook) const {
    return fmt::format("socket at descriptor {}", hook.fd);
  }
  std::string operator()(const Route& hook) const {
    return fmt::format("route {} dev {}", hook.destination, hook.interface);
  }
  std::string operator()(const Lirc& hook) const { return fmt::format("lirc {}", hook.device); }
  std::string operator()(const Netfilter& hook) const {
    static constexpr std::string_view names[] = {"prerouting", "local_in", "forward", "local_out",
                                                 "postrouting"};
    return fmt::format("netfilter {} {}, priority {}", hook.ipv6 ? "ipv6" : "ipv4",
                       names[static_cast<std::size_t>(hook.hook)], hook.priority);
  }
  std::string operator()(const StructOps& hook) const {
    return fmt::format("struct_ops {}", hook.type);
  }
  std::string operator()(const Uprobe& hook) const {
    return fmt::format("{} {}:{}{}", hook.at_return ? "uretprobe" : "uprobe", hook.binary,
                       place(hook.symbol, hook.offset), of_process(hook.pid, false));
  }
  std::string operator()(const UprobeMulti& hook) const {
    const auto kind = hook.session     ? "uprobe.session"
                      : hook.at_return ? "uretprobe.multi"
                                       : "uprobe.multi";
    std::vector<std::string> places;
    places.reserve(hook.places.size());
    for (const auto& one : hook.places) places.push_back(place(one.symbol, one.offset));
    return fmt::format("{} {}:{}{}", kind, hook.binary, enumerate(places),
                       of_process(hook.pid, hook.singly));
  }
  std::string operator()(const Usdt& hook) const {
    return fmt::format("USDT {}:{}:{}{}", hook.binary, hook.provider, hook.name,
                       of_process(hook.pid, hook.singly));
  }
};

}  // namespace

std::string describe(const Hook& hook) { return std::visit(Describe(), hook); }

}  // namespace skep
