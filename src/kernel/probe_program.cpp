#include "kernel/probe_program.hpp"

#include <cstring>

#include "kernel/bpf.hpp"

namespace skep::kernel {

long load_probe(Syscalls& sys, ProgramType type, std::uint32_t attach_type,
                std::span<const Insn> code) {
  static constexpr char license[] = "GPL", name[] = "skep_probe";
  ProgramLoadAttributes attributes;
  attributes.type = static_cast<std::uint32_t>(type);
  attributes.attach_type = attach_type;
  attributes.instructions = address_of(code.data());
  attributes.instruction_count = static_cast<std::uint32_t>(code.size());
  attributes.license = address_of(license);
  std::memcpy(attributes.name, name, sizeof name);
  return call_bpf(sys, Command::program_load, attributes);
}

}  // namespace skep::kernel
