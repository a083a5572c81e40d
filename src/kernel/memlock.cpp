#include "kernel/memlock.hpp"

#include <cerrno>
#include <cstdint>

#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "skep/insn.hpp"

namespace skep::kernel {
namespace {

static_assert(EPERM == 1);

// Maps and programs are charged to the memory cgroup since 5.11 (commit 3ac1f01b43b6). The helper
// bpf_ktime_get_coarse_ns (160) came with the same release, and no configuration leaves it out:
// what tells them apart is whether a program that calls it loads.
bool charges_memory_cgroup(Syscalls& sys) {
  const Insn code[] = {{.code = 0x85, .imm = 160}, {.code = 0x95}};  // call 160; exit
  ProgramLoadAttributes attributes;
  attributes.type = 1;  // socket filter
  attributes.instructions = address_of(code);
  attributes.instruction_count = 2;
  attributes.license = address_of("GPL");
  const long result = call_bpf(sys, Command::program_load, attributes);
  if (result < 0) return false;
  const Fd closed = adopt(result);
  return true;
}

}  // namespace

bool raise_memlock_where_charged(Syscalls& sys) {
  constexpr std::uint64_t no_limit = ~std::uint64_t{0};  // RLIM_INFINITY
  return !charges_memory_cgroup(sys) && sys.setrlimit_memlock(no_limit) == 0;
}

}  // namespace skep::kernel
