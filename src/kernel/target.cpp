#include "kernel/target.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/kallsyms.hpp"
#include "kernel/kconfig.hpp"
#include "kernel/probe_program.hpp"
#include "kernel/uprobe_multi.hpp"
#include "skep/insn.hpp"

namespace skep::kernel {
namespace {

// How the kernel calls its own bpf(2), where system calls have wrappers
// (arch/*/include/asm/syscall_wrapper.h); nullptr for an architecture that has none.
#if defined(__x86_64__)
constexpr const char* wrapped_syscall = "__x64_sys_bpf";
#elif defined(__aarch64__)
constexpr const char* wrapped_syscall = "__arm64_sys_bpf";
#elif defined(__s390x__)
constexpr const char* wrapped_syscall = "__s390x_sys_bpf";
#elif defined(__riscv)
constexpr const char* wrapped_syscall = "__riscv_sys_bpf";
#else
constexpr const char* wrapped_syscall = nullptr;
#endif

// By doing: a program that calls the helper. The verifier says EINVAL for one that it does not
// know.
Result<bool> has_bpf_cookie(Syscalls& sys) {
  constexpr std::int32_t helper_get_attach_cookie = 174;
  static constexpr std::array<Insn, 2> code = {Insn{.code = 0x85, .imm = helper_get_attach_cookie},
                                               Insn{.code = 0x95}};
  const long result = load_probe(sys, ProgramType::tracepoint, 0, code);
  if (result >= 0) {
    const Fd fd = adopt(result);
    return true;
  }
  if (result == -EINVAL) return false;
  return fail_errno(static_cast<int>(-result), "ask whether bpf_get_attach_cookie() exists");
}

// Addresses that are all 0 are none: the kernel hides them.
bool are_hidden(const std::vector<object::KernelSymbol>& symbols) {
  return !symbols.empty() && std::ranges::all_of(symbols, [](const object::KernelSymbol& symbol) {
    return symbol.address == 0;
  });
}

Result<void> read_symbols(Syscalls& sys, const object::TargetNeeds& needs, object::Target& target,
                          std::vector<std::string>& notes) {
  auto names = needs.symbols;
  const bool asks_wrapper = needs.syscall_wrapper && wrapped_syscall != nullptr;
  if (asks_wrapper) names.emplace_back(wrapped_syscall);
  if (!names.empty()) {
    SKEP_TRY(target.symbols, find_symbols(sys, names));
  }
  if (needs.syscall_wrapper) {
    target.has_syscall_wrapper =
        asks_wrapper && std::ranges::any_of(target.symbols, [](const object::KernelSymbol& symbol) {
          return symbol.name == wrapped_syscall;
        });
  }
  if (!needs.symbols.empty() && are_hidden(target.symbols)) {
    notes.emplace_back(
        "the kernel hides the addresses of its symbols: each __ksym without a type is 0 (see "
        "kernel.kptr_restrict; CAP_SYSLOG lifts it)");
  }
  return {};
}

}  // namespace

Result<HostTarget> read_target(Syscalls& sys, const object::TargetNeeds& needs,
                               std::optional<Btf> types, std::string kconfig,
                               std::vector<std::string>& notes) {
  HostTarget host;
  auto& target = host.target;
  target.types = std::move(types);
  if (!target.types && needs.types) {
    SKEP_TRY(target.types, read_kernel_types(sys));
  }
  if (needs.kconfig) {
    if (!kconfig.empty()) {
      target.kconfig.push_back({"the configuration that was given", std::move(kconfig)});
    }
    auto text = read_kconfig(sys);
    if (!text && target.kconfig.empty()) return std::unexpected(std::move(text).error());
    if (text) target.kconfig.push_back(*std::move(text));
  }
  if (needs.version) {
    SKEP_TRY(target.version, read_kernel_version(sys));
  }
  if (needs.bpf_cookie) {
    SKEP_TRY(target.has_bpf_cookie, has_bpf_cookie(sys));
  }
  if (needs.uprobe_multi) {  // who may not ask may not load either, and is told so then
    if (const auto has = has_uprobe_multi(sys)) target.has_uprobe_multi = *has;
  }
  SKEP_CHECK(read_symbols(sys, needs, target, notes));
  return host;
}

}  // namespace skep::kernel
