// skep/classic.hpp: classic BPF (the packet filters of tcpdump -dd and SO_ATTACH_FILTER),
// translated.
#pragma once

#include <cstdint>
#include <span>

#include "skep/instructions.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {
namespace assembly {

// struct sock_filter (include/uapi/linux/filter.h), and libpcap's struct bpf_insn.
struct ClassicInsn {
  std::uint16_t code = 0;
  std::uint8_t jt = 0, jf = 0;  // how many instructions to skip, when true and when not
  std::uint32_t k = 0;
  friend constexpr bool operator==(const ClassicInsn&, const ClassicInsn&) = default;
};
static_assert(sizeof(ClassicInsn) == 8);

// The code of a program in SEC("socket") that decides as the kernel's own classic filter does: it
// returns how many bytes of the packet to keep. The same code fits a tc program, which reads such
// numbers otherwise. A is w0, X is w7, the context r6, M[k] stands on the stack. Instructions that
// nothing leads to are left out, and M[] is zero before it is written.
//
// Everything that the kernel takes (bpf_check_classic in net/core/filter.c) but what no eBPF
// program can read: SKF_AD_NLATTR, _NLATTR_NEST, _HATYPE and _PAY_OFFSET. Needs kernel 5.1. Errors:
// bad_input, naming the instruction, for what the kernel would refuse; unsupported for those four.
[[nodiscard]] Result<Code> from_classic(std::span<const ClassicInsn> filter);

}  // namespace assembly
}  // namespace skep
#pragma GCC visibility pop
