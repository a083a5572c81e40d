#include "kernel/capability.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "kernel/host.hpp"

namespace skep::kernel {
namespace {

struct Capability {
  unsigned bit;  // include/uapi/linux/capability.h
  const char* name;
};
constexpr Capability net_admin{12, "CAP_NET_ADMIN"}, perfmon{38, "CAP_PERFMON"}, bpf{39, "CAP_BPF"};
constexpr unsigned sys_admin = 21;  // stands for the last two

constexpr std::string_view lacks = "this process lacks";  // in each sentence on what is missing

// is_perfmon_prog_type and is_net_admin_prog_type in kernel/bpf/syscall.c.
std::vector<Capability> capabilities_for(ProgramType type) {
  switch (type) {
    case ProgramType::kprobe:
    case ProgramType::tracepoint:
    case ProgramType::perf_event:
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
    case ProgramType::tracing:
    case ProgramType::lsm:
      return {bpf, perfmon};
    case ProgramType::struct_ops:
    case ProgramType::ext:
      return {bpf, perfmon, net_admin};
    case ProgramType::socket_filter:
    case ProgramType::sk_reuseport:
    case ProgramType::syscall:
      return {bpf};
    default:
      return {bpf, net_admin};
  }
}

// map_create in kernel/bpf/syscall.c.
std::vector<Capability> capabilities_for(MapType type) {
  switch (type) {
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::devmap:
    case MapType::devmap_hash:
    case MapType::xskmap:
      return {bpf, net_admin};
    default:
      return {bpf};
  }
}

// CapEff of /proc/thread-self/status: hexadecimal digits.
std::optional<std::uint64_t> effective_capabilities(Syscalls& sys) {
  constexpr std::string_view name = "CapEff:\t";
  const auto status = read_kernel_file(sys, AT_FDCWD, "/proc/thread-self/status");
  if (!status) return std::nullopt;
  const auto at = status->find(name);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view digits = std::string_view(*status).substr(at + name.size());
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  if (parsed.ec != std::errc()) return std::nullopt;
  return out;
}

Error name_missing(Syscalls& sys, Error error, const std::vector<Capability>& all) {
  if (error.kind() != ErrorKind::permission) return error;
  const auto held = effective_capabilities(sys);
  if (!held) return error;
  const auto has = [&](unsigned bit) { return (*held >> bit & 1) != 0; };
  std::vector<std::string> needed, missing;
  for (const auto& one : all) {
    needed.emplace_back(one.name);
    const bool by_admin = one.bit != net_admin.bit && has(sys_admin);
    if (!has(one.bit) && !by_admin) missing.emplace_back(one.name);
  }
  if (missing.empty()) return error;
  return std::move(error).hint(
      missing.size() == needed.size()
          ? fmt::format("It takes {}, which {}.", enumerate(needed), lacks)
          : fmt::format("It takes {}; {} {}.", enumerate(needed), lacks, enumerate(missing)));
}

}  // namespace

Error name_missing_capabilities(Syscalls& sys, Error error, ProgramType type) {
  return name_missing(sys, std::move(error), capabilities_for(type));
}

Error name_missing_capabilities(Syscalls& sys, Error error, MapType type) {
  return name_missing(sys, std::move(error), capabilities_for(type));
}

bool has_missing_capabilities(const Error& error) {
  return std::ranges::any_of(
      error.hints(), [](const std::string& hint) { return hint.find(lacks) != std::string::npos; });
}

}  // namespace skep::kernel
