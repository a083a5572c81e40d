// kernel/probe.hpp: programs and maps that are made only to see whether the kernel takes them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/syscalls.hpp"
#include "kernel/target.hpp"
#include "skep/fd.hpp"
#include "skep/features.hpp"
#include "skep/insn.hpp"

namespace skep {

// What a program of some type needs before its instructions are looked at.
struct ProbeProgram {
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;
  btf::TypeId attach_type_id = 0;
};

struct Probe {
  long result = 0;  // of bpf(2)
  std::string log;  // the verifier's; empty when it was not asked
  Fd fd;
};

struct Features::State {
  kernel::Syscalls* sys = nullptr;
  kernel::HostTarget host;
  bool has_read_types = false, has_read_modules = false;
  std::map<ProgramType, Support> program_types;
  std::vector<char> log;

  // The kernel's types; nullptr when there are none. Read once.
  const Btf* types();
  // A type's id, or 0.
  btf::TypeId find(std::string_view name, btf::Kind kind);

  // The program's type, attach type and target; an answer instead when this kernel has no target.
  std::variant<ProbeProgram, Support> program_of(ProgramType type);
  std::variant<ProbeProgram, Support> program_of(ProgramType type, std::uint32_t attach_type);

  Probe load(const ProbeProgram& program, std::span<const Insn> code,
             std::span<const int> fd_array = {});
  // r0 = 0; exit
  Probe load(const ProbeProgram& program);

  // Makes a map of the type, with these flags besides what it needs, and lets it go.
  Support map(MapType type, std::uint32_t flags);

  // Of a program type, what came of loading an empty one.
  Support verdict(const Probe& probe, const ProbeProgram& program);
  // EPERM: for want of a capability, or although there is none missing.
  template <typename Type>
  Support refused(Type type);
};

namespace kernel {

inline Support yes() { return {Support::Answer::yes, {}}; }
Support no(std::string reason);
Support unknown(std::string reason);

// The last line of a log that has one of these words; empty when none has.
[[nodiscard]] std::string line_with(const std::string& log,
                                    std::span<const std::string_view> words);

}  // namespace kernel
}  // namespace skep
