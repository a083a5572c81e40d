#include "hook/section.hpp"

#include <charconv>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

using object::AttachType;

// The kind of hook that the section names: "kprobe.multi", "fexit.s", without a leading '?'.
std::string_view kind_of(const ProgramSpec& program) noexcept {
  std::string_view section = program.section;
  if (section.starts_with('?')) section.remove_prefix(1);
  return section.substr(0, section.find('/'));
}

std::unexpected<Error> nothing_named(const ProgramSpec& program, std::string_view what,
                                     std::string_view example) {
  return fail(ErrorKind::invalid_argument, "SEC(\"{}\") names no {}, as in SEC(\"{}\")",
              program.section, what, example);
}

// Where to attach is not for the section to say.
std::unexpected<Error> nothing_given(const ProgramSpec& program, std::string_view what,
                                     std::string_view option) {
  Error error(ErrorKind::invalid_argument,
              fmt::format("SEC(\"{}\") does not say which {}", program.section, what));
  return std::unexpected(std::move(error).hint(fmt::format("Say it with {}.", option)));
}

Result<Hook> tracepoint_of(const ProgramSpec& program) {
  const std::string_view target = program.attach_to;
  const auto slash = target.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == target.size()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") names no tracepoint: it takes a category and a name, as in "
                "SEC(\"tp/sched/sched_process_exec\")",
                program.section);
  }
  return Tracepoint{.category = std::string(target.substr(0, slash)),
                    .name = std::string(target.substr(slash + 1))};
}

Result<Hook> raw_tracepoint_of(const ProgramSpec& program) {
  if (program.attach_to.empty()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") names no tracepoint: it takes a name without a category, as in "
                "SEC(\"raw_tp/sched_process_exec\")",
                program.section);
  }
  return RawTracepoint{.name = program.attach_to};
}

Result<Hook> uprobe_of(const ProgramSpec& program, int pid) {
  const auto kind = kind_of(program);
  if (program.attach_to.empty()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{0}\") names no function: it takes a binary and a symbol, as in "
                "SEC(\"{0}//bin/bash:readline\")",
                kind);
  }
  SKEP_TRY(auto uprobe, parse_uprobe(program.attach_to));
  uprobe.at_return = kind.starts_with("uret");
  uprobe.pid = pid;
  const bool is_session = kind.starts_with("uprobe.session");
  if (!is_session && kind.find(".multi") == std::string_view::npos) return uprobe;
  return UprobeMulti{.binary = std::move(uprobe.binary),
                     .places = {{.symbol = std::move(uprobe.symbol), .offset = uprobe.offset}},
                     .at_return = uprobe.at_return,
                     .session = is_session,
                     .pid = pid};
}

// "/bin/app:provider:name"
Result<Hook> usdt_of(const ProgramSpec& program, int pid) {
  const std::string_view target = program.attach_to;
  const auto first = target.find(':');
  const auto second = first == target.npos ? target.npos : target.find(':', first + 1);
  Usdt out{.pid = pid};
  if (second != target.npos) {
    out.binary = target.substr(0, first);
    out.provider = target.substr(first + 1, second - first - 1);
    out.name = target.substr(second + 1);
  }
  const bool is_whole = !out.binary.empty() && !out.provider.empty() && !out.name.empty() &&
                        out.name.find(':') == std::string::npos;
  if (is_whole) return out;
  return fail(ErrorKind::invalid_argument,
              "SEC(\"{}\") names no USDT probe: it takes a binary, a provider and a name, as in "
              "SEC(\"usdt/libstdc++.so.6:libstdcxx:throw\")",
              program.section);
}

// A whole number, decimal or with 0x.
std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const std::span digits(text);
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

// "vfs_read+0x10"
Result<Hook> kprobe_of(const ProgramSpec& program, bool at_return) {
  if (program.attach_to.empty()) return nothing_named(program, "function", "kprobe/do_unlinkat");
  const std::string_view target = program.attach_to;
  const auto plus = target.rfind('+');
  Kprobe out{.function = std::string(target.substr(0, plus)), .at_return = at_return};
  if (plus == std::string_view::npos) return out;
  const auto offset = number_of(target.substr(plus + 1));
  if (!offset || out.function.empty()) {
    return fail(ErrorKind::invalid_argument, "SEC(\"{}\"): '{}' is no offset", program.section,
                target.substr(plus + 1));
  }
  out.offset = *offset;
  return out;
}

Result<Hook> probe_of(const ProgramSpec& program, int pid) {
  const auto kind = kind_of(program);
  const bool at_return = kind.starts_with("kret");
  if (kind == "kprobe" || kind == "kretprobe") return kprobe_of(program, at_return);
  if (kind == "ksyscall" || kind == "kretsyscall") {
    if (program.attach_to.empty()) return nothing_named(program, "system call", "ksyscall/openat");
    return Ksyscall{.name = program.attach_to, .at_return = at_return};
  }
  if (kind == "kprobe.multi" || kind == "kretprobe.multi" || kind == "kprobe.session") {
    if (program.attach_to.empty()) return nothing_named(program, "function", "kprobe.multi/tcp_*");
    return KprobeMulti{.functions = {program.attach_to},
                       .at_return = at_return,
                       .session = kind == "kprobe.session"};
  }
  if (kind == "usdt" || kind == "usdt.s") return usdt_of(program, pid);
  if (is_user_probe(program)) return uprobe_of(program, pid);
  return fail(ErrorKind::unsupported, "skep cannot attach SEC(\"{}\") yet", program.section);
}

Result<Hook> tracing_of(const ProgramSpec& program, const AttachDefaults& defaults) {
  switch (static_cast<AttachType>(program.attach_type)) {
    case AttachType::trace_raw_tp:
      return BtfTracepoint{.name = program.attach_to};
    case AttachType::trace_iter:
      return Iterator{.target = program.attach_to,
                      .pid = defaults.pid > 0 ? static_cast<std::uint32_t>(defaults.pid) : 0};
    default:
      return Trampoline{.kind = std::string(kind_of(program)), .function = program.attach_to};
  }
}

Result<Hook> interface_of(const ProgramSpec& program, const AttachDefaults& defaults) {
  if (defaults.interface.empty()) {
    return nothing_given(program, "network interface", "--iface eth0");
  }
  switch (static_cast<AttachType>(program.attach_type)) {
    case AttachType::xdp_devmap:
    case AttachType::xdp_cpumap:
      return fail(ErrorKind::invalid_argument,
                  "SEC(\"{}\") attaches by being put into a map, not to an interface",
                  program.section);
    case AttachType::tcx_egress:
      return Tcx{.interface = defaults.interface, .direction = Direction::egress};
    case AttachType::netkit_primary:
      return Netkit{.interface = defaults.interface};
    case AttachType::netkit_peer:
      return Netkit{.interface = defaults.interface, .peer = true};
    default:
      break;
  }
  if (program.type == ProgramType::xdp) return Xdp{.interface = defaults.interface};
  if (program.type == ProgramType::sched_act) return Tc{.interface = defaults.interface};
  return Tcx{.interface = defaults.interface, .direction = Direction::ingress};
}

}  // namespace

Result<Uprobe> parse_uprobe(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return fail(ErrorKind::invalid_argument,
                "'{}' names no function: it takes BINARY:SYMBOL, BINARY:SYMBOL+OFFSET or "
                "BINARY:OFFSET",
                text);
  }
  Uprobe out{.binary = std::string(text.substr(0, colon))};
  const std::string_view function = text.substr(colon + 1);
  if (const auto offset = number_of(function)) {
    out.offset = *offset;
    return out;
  }
  const auto plus = function.rfind('+');
  out.symbol = function.substr(0, plus);
  if (plus == std::string_view::npos) return out;
  const auto offset = number_of(function.substr(plus + 1));
  // operator+, operator+=(…): the plus is the name's.
  if (!offset && function.substr(0, plus + 1).find("operator+") != std::string_view::npos) {
    out.symbol = function;
    return out;
  }
  if (!offset || out.symbol.empty()) {
    return fail(ErrorKind::invalid_argument, "'{}': '{}' is no offset", text,
                function.substr(plus + 1));
  }
  out.offset = *offset;
  return out;
}

bool is_user_probe(const ProgramSpec& program) noexcept {
  const auto kind = kind_of(program);
  return program.type == ProgramType::kprobe &&
         (kind.starts_with("uprobe") || kind.starts_with("uretprobe") || kind.starts_with("usdt"));
}

bool is_cgroup_hook(const ProgramSpec& program) noexcept {
  switch (program.type) {
    case ProgramType::cgroup_skb:
    case ProgramType::cgroup_sock:
    case ProgramType::cgroup_sock_addr:
    case ProgramType::cgroup_sockopt:
    case ProgramType::cgroup_sysctl:
    case ProgramType::cgroup_device:
    case ProgramType::sock_ops:
      return true;
    case ProgramType::lsm:
      return static_cast<AttachType>(program.attach_type) == AttachType::lsm_cgroup;
    default:
      return false;
  }
}

Result<Hook> hook_of(const ProgramSpec& program, const AttachDefaults& defaults) {
  if (is_cgroup_hook(program)) return Cgroup{.path = defaults.cgroup};
  switch (program.type) {
    case ProgramType::tracepoint:
      return tracepoint_of(program);
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
      return raw_tracepoint_of(program);
    case ProgramType::tracing:
    case ProgramType::lsm:
      return tracing_of(program, defaults);
    case ProgramType::kprobe:
      return probe_of(program, defaults.pid);
    case ProgramType::perf_event:
      return PerfEvent{.frequency = defaults.frequency, .pid = defaults.pid};
    case ProgramType::xdp:
    case ProgramType::sched_cls:
    case ProgramType::sched_act:
      return interface_of(program, defaults);
    case ProgramType::sk_lookup:
    case ProgramType::flow_dissector:
      return NetworkNamespace{};
    case ProgramType::netfilter:
      return Netfilter{};
    case ProgramType::ext:
      return Freplace{.function = program.attach_to};
    case ProgramType::lirc_mode2:
      return Lirc{};
    case ProgramType::sk_msg:
    case ProgramType::sk_skb:
      return nothing_given(program, "map of sockets", "Program::attach(SockMap{.map = …})");
    case ProgramType::socket_filter:
    case ProgramType::sk_reuseport:
      if (defaults.socket >= 0) return Socket{.fd = defaults.socket};
      return nothing_given(program, "socket", "--socket FD, a descriptor that skep inherits");
    case ProgramType::lwt_in:
    case ProgramType::lwt_out:
    case ProgramType::lwt_xmit:
    case ProgramType::lwt_seg6local:
      return nothing_given(program, "route",
                           "Program::attach(Route{.destination = …, .interface = …})");
    default:
      break;
  }
  return fail(ErrorKind::unsupported, "skep cannot attach SEC(\"{}\") by itself yet",
              program.section);
}

}  // namespace skep::hook
