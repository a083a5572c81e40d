// object/target.hpp: what is known of the machine that will run the programs, as plain data.
//
// kernel/target.hpp fills it from the running kernel, a test from files. No more is read than the
// object asks for: needs_of() says what, Linker::needs_modules() the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// The types of a loaded module: a split BTF on top of the kernel's.
struct TargetModule {
  std::string name;
  Btf types;
};

// Text of the form of /proc/config.gz, unpacked.
struct KconfigText {
  std::string source;  // for messages: "/proc/config.gz"
  std::string text;
};

struct KernelSymbol {
  std::string name;
  std::uint64_t address = 0;
};

struct Target {
  std::optional<Btf> types;           // of its kernel; CO-RE and BTF tracepoints need it
  std::vector<TargetModule> modules;  // in the order of their BTF ids
  std::vector<KconfigText> kconfig;   // what an earlier one says holds; empty: not known
  std::vector<KernelSymbol> symbols;  // of the names that were asked for, each address once
  // A file of types names no symbols: then each is taken to be there, at address 0.
  bool are_symbols_known = true;
  std::uint32_t version = 0;  // major << 16 | minor << 8 | patch; 0: not known
  // Whether bpf_get_attach_cookie() exists (kernel 5.15), and whether system calls have the names
  // of arch/*/include/asm/syscall_wrapper.h: __x64_sys_read. Nothing: not known.
  std::optional<bool> has_bpf_cookie, has_syscall_wrapper;
  // Whether one link can hold many uprobes (kernel 6.6). Nothing: not known.
  std::optional<bool> has_uprobe_multi;
};

struct TargetNeeds {
  bool types = false;
  bool kconfig = false;  // a CONFIG_ value
  bool version = false, bpf_cookie = false, syscall_wrapper = false, uprobe_multi = false;
  std::vector<std::string> symbols;  // names to look for in /proc/kallsyms
};

[[nodiscard]] TargetNeeds needs_of(const ObjectSpec& spec);

// SEC("usdt…"): its program may hang on many places.
[[nodiscard]] bool is_usdt(const ProgramSpec& program) noexcept;

// Where one link can hold many uprobes, USDT programs are loaded for such a link, as libbpf 1.5
// does (libbpf_prepare_prog_load in tools/lib/bpf/libbpf.c).
void prepare_usdt(ObjectSpec& spec, const Target& target) noexcept;

// Which modules' types are needed: some name is none of the kernel proper.
struct ModuleNeeds {
  bool all = false;
  std::vector<std::string> names;  // these at least: SEC("fentry/MODULE:FUNCTION")
  [[nodiscard]] bool any() const noexcept { return all || !names.empty(); }
};

}  // namespace skep::object
