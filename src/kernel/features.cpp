#include "skep/features.hpp"

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "isa/helpers.hpp"
#include "isa/opcode.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/memlock.hpp"
#include "kernel/probe.hpp"

namespace skep {

using kernel::no;
using kernel::unknown;
using kernel::yes;

namespace {

constexpr Insn leave{.code = isa::code_exit};

// check_helper_call in kernel/bpf/verifier.c; the first one since kernel 6.9.
constexpr std::array<std::string_view, 3> helper_refusals = {
    "program of this type cannot use helper ", "unknown func ", "invalid func "};
// fetch_kfunc_meta and add_kfunc_call, there.
constexpr std::array<std::string_view, 4> kfunc_refusals = {
    "is not allowed", "JIT is required for calling", "JIT does not support calling",
    "is not a kernel function"};

}  // namespace

Features::Features(kernel::Syscalls* syscalls) : state_(std::make_unique<State>()) {
  state_->sys = syscalls != nullptr ? syscalls : &kernel::real_syscalls();
}
Features::Features(Features&&) noexcept = default;
Features& Features::operator=(Features&&) noexcept = default;
Features::~Features() = default;

Support Features::program_type(ProgramType type) {
  if (const auto known = state_->program_types.find(type); known != state_->program_types.end()) {
    return known->second;
  }
  const auto program = state_->program_of(type);
  Support out;
  if (const auto* answer = std::get_if<Support>(&program)) {
    out = *answer;
  } else {
    const auto& probe = std::get<ProbeProgram>(program);
    out = state_->verdict(state_->load(probe), probe);
  }
  state_->program_types.emplace(type, out);
  return out;
}

Support Features::helper(ProgramType type, std::int32_t number) {
  if (auto base = program_type(type); !base.is_yes()) return base;
  if (type == ProgramType::ext) {
    return unknown("an ext program may call what the program may whose function it replaces");
  }
  const std::array<Insn, 2> code = {Insn{.code = isa::code_call, .imm = number}, leave};
  const auto probe = state_->load(std::get<ProbeProgram>(state_->program_of(type)), code);
  if (probe.result >= 0) return yes();
  if (auto line = kernel::line_with(probe.log, helper_refusals); !line.empty()) return no(line);
  // The verifier knows it: what it complains of are the arguments, which are not there.
  if (!probe.log.empty()) return yes();
  return unknown(fmt::format("bpf(2) says {}", errno_name(static_cast<int>(-probe.result))));
}

Support Features::helper(ProgramType type, std::string_view name) {
  const auto number = isa::helper_number(name);
  if (!number) return no(fmt::format("no kernel has a helper '{}'", name));
  return helper(type, *number);
}

Support Features::kfunc(ProgramType type, std::string_view name) {
  if (auto base = program_type(type); !base.is_yes()) return base;
  if (type == ProgramType::ext) {
    return unknown("an ext program may call what the program may whose function it replaces");
  }
  if (state_->types() == nullptr) {
    return unknown("it takes the kernel's types (CONFIG_DEBUG_INFO_BTF), and there are none");
  }
  btf::TypeId id = state_->find(name, btf::Kind::func);
  int module = 0;
  if (id == 0 && !state_->has_read_modules) {
    state_->has_read_modules = true;
    const auto added = kernel::add_modules(*state_->sys, {.all = true, .names = {}}, state_->host);
    if (!added) return unknown(added.error().message());
  }
  for (std::size_t i = 0; id == 0 && i < state_->host.modules.size(); ++i) {
    const auto found = state_->host.target.modules[i].types.find(name, btf::Kind::func);
    if (!found) continue;
    id = found->id();
    module = state_->host.modules[i].get();
  }
  if (id == 0) return no(fmt::format("neither the kernel nor a loaded module has a {}()", name));
  Insn call{.code = isa::code_call, .imm = static_cast<std::int32_t>(id)};
  call.set_src(isa::pseudo_kfunc_call);
  call.off = module != 0 ? 1 : 0;
  const std::array<Insn, 2> code = {call, leave};
  const std::array<int, 2> fds = {0, module};
  const auto probe = state_->load(std::get<ProbeProgram>(state_->program_of(type)), code, fds);
  if (probe.result >= 0) return yes();
  if (auto line = kernel::line_with(probe.log, kfunc_refusals); !line.empty()) return no(line);
  if (!probe.log.empty()) return yes();
  if (probe.result == -EPERM) return state_->refused(type);
  return unknown(fmt::format("bpf(2) says {}", errno_name(static_cast<int>(-probe.result))));
}

}  // namespace skep
