// isa/print.hpp: one instruction as text, in the notation of the kernel's verifier log
// (kernel/bpf/disasm.c), so that what skep prints can be found there.
#pragma once

#include <span>
#include <string>

#include "skep/insn.hpp"

namespace skep::isa {

// "r1 = *(u64 *)(r6 +104)", "if r1 == 0x0 goto pc+3", "call bpf_probe_read#4".
// `rest`: the instructions from this one on; an lddw reads the second, when it is there.
[[nodiscard]] std::string print(std::span<const Insn> rest);
[[nodiscard]] std::string print(const Insn& insn);

}  // namespace skep::isa
