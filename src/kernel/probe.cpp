#include "kernel/probe.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/capability.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/memlock.hpp"
#include "object/attach_type.hpp"

namespace skep {

using kernel::no;
using kernel::unknown;
using kernel::yes;
using object::AttachType;

namespace kernel {

Support no(std::string reason) { return {Support::Answer::no, std::move(reason)}; }
Support unknown(std::string reason) { return {Support::Answer::unknown, std::move(reason)}; }

std::string line_with(const std::string& log, std::span<const std::string_view> words) {
  std::string found;
  for (std::size_t at = 0; at < log.size();) {
    const auto end = std::min(log.find('\n', at), log.size());
    const auto line = std::string_view(log).substr(at, end - at);
    const auto has = [&](std::string_view word) { return line.find(word) != line.npos; };
    if (std::ranges::any_of(words, has)) found = line;
    at = end + 1;
  }
  return found;
}

}  // namespace kernel

namespace {

// The verifier stops at the first or second instruction: its log is short.
constexpr std::size_t log_bytes = 16 << 10;
constexpr int load_attempts = 10;  // EAGAIN: a signal came

constexpr std::array<Insn, 2> empty_program = {Insn{.code = 0xb7}, Insn{.code = 0x95}};

}  // namespace

const Btf* Features::State::types() {
  if (!has_read_types) {
    has_read_types = true;
    if (auto read = kernel::read_kernel_types(*sys)) host.target.types = *std::move(read);
  }
  return host.target.types ? &*host.target.types : nullptr;
}

btf::TypeId Features::State::find(std::string_view name, btf::Kind kind) {
  const Btf* all = types();
  const auto type = all != nullptr ? all->find(name, kind) : std::nullopt;
  return type ? type->id() : 0;
}

std::variant<ProbeProgram, Support> Features::State::program_of(ProgramType type) {
  switch (type) {
    case ProgramType::cgroup_sock_addr:
      return program_of(type, static_cast<std::uint32_t>(AttachType::cgroup_inet4_connect));
    case ProgramType::cgroup_sockopt:
      return program_of(type, static_cast<std::uint32_t>(AttachType::cgroup_getsockopt));
    case ProgramType::cgroup_sock:
      return program_of(type, static_cast<std::uint32_t>(AttachType::cgroup_inet_sock_create));
    case ProgramType::sk_lookup:
      return program_of(type, static_cast<std::uint32_t>(AttachType::sk_lookup));
    case ProgramType::sk_reuseport:
      return program_of(type, static_cast<std::uint32_t>(AttachType::sk_reuseport_select));
    case ProgramType::netfilter:
      return program_of(type, static_cast<std::uint32_t>(AttachType::netfilter));
    case ProgramType::tracing:
      return program_of(type, static_cast<std::uint32_t>(AttachType::trace_raw_tp));
    case ProgramType::lsm:
      return program_of(type, static_cast<std::uint32_t>(AttachType::lsm_mac));
    default:
      return program_of(type, 0);
  }
}

std::variant<ProbeProgram, Support> Features::State::program_of(ProgramType type,
                                                                std::uint32_t attach_type) {
  ProbeProgram out{.type = type, .attach_type = attach_type};
  if (type == ProgramType::syscall) out.flags = object::load_sleepable;
  if (type == ProgramType::ext) out.attach_type_id = 1;
  const bool hangs =
      type == ProgramType::tracing || type == ProgramType::lsm || type == ProgramType::struct_ops;
  if (!hangs) return out;
  if (types() == nullptr) {
    return unknown("it takes the kernel's types (CONFIG_DEBUG_INFO_BTF), and there are none");
  }
  const char* name = "bpf_fentry_test1";
  auto kind = btf::Kind::func;
  const auto how = static_cast<AttachType>(attach_type);
  if (type == ProgramType::lsm) {
    name = "bpf_lsm_file_open";
  } else if (type == ProgramType::struct_ops) {
    name = "tcp_congestion_ops";
    kind = btf::Kind::struct_;
  } else if (how == AttachType::trace_raw_tp) {
    name = "btf_trace_sched_switch";
    kind = btf::Kind::typedef_;
  } else if (how == AttachType::trace_iter) {
    name = "bpf_iter_task";
  } else if (how == AttachType::modify_return) {
    name = "bpf_modify_return_test";
  }
  out.attach_type_id = find(name, kind);
  if (out.attach_type_id == 0) return no(fmt::format("the kernel's types have no {}", name));
  if (type == ProgramType::struct_ops && attach_type == 0) {
    const auto members = types()->type(out.attach_type_id).members();
    const auto at = std::ranges::find(members, "ssthresh", &btf::Member::name);
    out.attach_type = static_cast<std::uint32_t>(at - members.begin());
  }
  return out;
}

Probe Features::State::load(const ProbeProgram& program, std::span<const Insn> code,
                            std::span<const int> fd_array) {
  static constexpr char license[] = "GPL", name[] = "skep_probe";
  kernel::ProgramLoadAttributes attributes;
  attributes.type = static_cast<std::uint32_t>(program.type);
  attributes.attach_type = program.attach_type;
  attributes.flags = program.flags;
  attributes.attach_type_id = program.attach_type_id;
  attributes.instructions = kernel::address_of(code.data());
  attributes.instruction_count = static_cast<std::uint32_t>(code.size());
  attributes.license = kernel::address_of(license);
  if (!fd_array.empty()) attributes.fd_array = kernel::address_of(fd_array.data());
  std::memcpy(attributes.name, name, sizeof(name));
  log.assign(log_bytes, '\0');
  attributes.log = kernel::address_of(log.data());
  attributes.log_size = log_bytes;
  attributes.log_level = 1;
  Probe out;
  out.result = kernel::with_memlock(*sys, [&] {
    long result = -EAGAIN;
    for (int i = 0; i < load_attempts && result == -EAGAIN; ++i) {
      result = kernel::call_bpf(*sys, kernel::Command::program_load, attributes);
    }
    return result;
  });
  if (out.result >= 0) out.fd = kernel::adopt(out.result);
  out.log.assign(log.data(), ::strnlen(log.data(), log.size()));
  return out;
}

Probe Features::State::load(const ProbeProgram& program) { return load(program, empty_program); }

template <typename Type>
Support Features::State::refused(Type type) {
  const Error error =
      kernel::name_missing_capabilities(*sys, Error(ErrorKind::permission, "refused"), type);
  if (!error.hints().empty()) return unknown(error.hints().front());
  return no(fmt::format("the kernel refuses it with EPERM, although no capability is missing"));
}
template Support Features::State::refused(ProgramType);
template Support Features::State::refused(MapType);

Support Features::State::verdict(const Probe& probe, const ProbeProgram& program) {
  if (probe.result >= 0) return yes();
  const auto code = static_cast<int>(-probe.result);
  constexpr std::array<std::string_view, 1> ext = {"Cannot replace kernel functions"};
  if (program.type == ProgramType::ext && !kernel::line_with(probe.log, ext).empty()) return yes();
  if (code == EPERM) return refused(program.type);
  if (!probe.log.empty()) {
    constexpr std::array<std::string_view, 1> any = {""};
    constexpr std::array<std::string_view, 1> statistics = {"processed "};
    auto line = kernel::line_with(probe.log, any);
    if (!kernel::line_with(line, statistics).empty()) line = probe.log.substr(0, 200);
    return no(fmt::format("the kernel refuses it ({}): {}", errno_name(code), line));
  }
  if (code == EINVAL || code == E2BIG) return no("the kernel does not know it (EINVAL)");
  if (code == 524 || code == EOPNOTSUPP) {
    return no(fmt::format("the kernel was built without it ({})", errno_name(code)));
  }
  return unknown(fmt::format("bpf(2) says {}", errno_name(code)));
}

}  // namespace skep
