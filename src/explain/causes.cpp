#include "explain/causes.hpp"

#include <array>

namespace skep::explain {

std::span<const Cause> known_causes() noexcept {
  static constexpr auto causes = std::to_array<Cause>({
      {"unknown#195896080",
       "The program needs a kernel type, field or value that this kernel does not have (CO-RE).",
       "Guard it: if (bpf_core_field_exists(…)) …; skep plan names what is missing."},
      {"invalid func unknown#2001000",
       "The program uses a map that is not created (autocreate off).",
       "Create the map, or do not load the program: its autoload off, too."},
      {"unknown#2002",
       "The program calls a kernel function that this kernel does not have, or has with another "
       "prototype; the object declares it __weak.",
       "Call it only where it exists: if (bpf_ksym_exists(function)) function(…);"},
      {"_or_null'",
       "A pointer that may be NULL is used before it was checked (a map lookup returns NULL when "
       "the key is not there).",
       "Test it first: if (!pointer) return 0;"},
      {"Unreleased reference",
       "Something that was taken is not given back on every path: a ring buffer record, a socket, "
       "a task.",
       "Submit or discard (release) it before each return."},
      {"cannot call GPL-restricted function",
       "A helper that only GPL-compatible programs may call, in a program whose licence is not.",
       "char LICENSE[] SEC(\"license\") = \"Dual MIT/GPL\"; (or \"GPL\")."},
      {"cannot use helper", "Programs of this type may not call this helper.",
       "Attach to another kind of hook, or pass the value in by a map; skep's docs list helpers by "
       "program type."},
      {"unknown func",
       "Programs of this type may not call this helper, or this kernel does not know it.",
       "Attach to another kind of hook, or test for it: bpf_core_enum_value_exists(enum "
       "bpf_func_id, …)."},
      {"pointer arithmetic on pkt_end prohibited", "data_end may be compared with, not moved.",
       "Move the data pointer and compare it: if (data + size > data_end) return …;"},
      {"invalid access to packet",
       "Packet bytes are read before the program has checked that they are there.",
       "Compare first: if ((void *)(header + 1) > data_end) return …;"},
      {"invalid access to map value",
       "An index reaches past the end of a map's value or of a global variable.",
       "Bound the index before its use: if (i >= N) return 0; (an off-by-one <= looks like this)."},
      {"outside of the allowed memory range",
       "An index reaches past the end of a map's value, of a global variable or of a packet.",
       "Bound the index before its use: if (i >= N) return 0; (an off-by-one <= looks like this)."},
      {"unbounded memory access", "A length or index has no upper bound that the verifier can see.",
       "Bound it in the same type that is used: if (n > MAX) n = MAX; or n &= MAX - 1;"},
      {"min value is negative", "A signed length or index might be negative.",
       "Make it unsigned, or test: if (n < 0) return 0;"},
      {"invalid mem access 'scalar'",
       "A plain number is used as an address: kernel memory cannot be dereferenced directly here.",
       "Read it with BPF_CORE_READ or bpf_probe_read_kernel (user memory: bpf_probe_read_user)."},
      {"invalid mem access 'inv'",
       "A plain number is used as an address: kernel memory cannot be dereferenced directly here.",
       "Read it with BPF_CORE_READ or bpf_probe_read_kernel (user memory: bpf_probe_read_user)."},
      {"invalid bpf_context access",
       "This program type may not read (or write) that part of its context.",
       "In a tracepoint the first 8 bytes (common fields) are out of reach; check size and "
       "offset."},
      {"R0 !read_ok", "The function can end without a return value.",
       "Return a value on every path."},
      {"!read_ok", "A variable is used before anything was stored in it.",
       "Initialise it on every path."},
      {"invalid indirect read from stack",
       "A helper is given stack memory of which some bytes were never written (often padding).",
       "Zero the whole struct first: struct key k = {}; with padding, __builtin_memset."},
      {"variable-offset read from stack", "An index reaches past the end of a local array.",
       "Bound the index before its use: if (i >= N) return 0;"},
      {"variable-offset write to stack", "An index reaches past the end of a local array.",
       "Bound the index before its use: if (i >= N) return 0;"},
      {"invalid read from stack", "Stack memory is read that was never written, or out of range.",
       "Initialise it, and bound the index."},
      {"infinite loop detected", "A loop whose end the verifier cannot see.",
       "Give it a constant bound, or use bpf_loop() (kernel 5.17)."},
      {"back-edge", "This kernel does not allow loops (before 5.3).", "Unroll: #pragma unroll."},
      {"program is too large",
       "The verifier gave up after 1 000 000 instructions on all paths together.",
       "Bound loops tighter, move their body into bpf_loop(), or split with a global function or "
       "tail call."},
      {"unreachable insn", "Some instructions can never run.", "Remove the dead code."},
      {"combined stack size", "The call chain needs more than 512 bytes of stack.",
       "Put large structs into a per-CPU array map."},
      {"invalid func unknown", "A call to something the kernel does not know.",
       "Compile with -O2, so that static functions of other files are not called."},
      {"Invalid argument: BTF", "The kernel refuses the object's type information.", ""},
      {"expected=map_ptr", "A helper wants a map here and is given something else.",
       "Pass the map's address as the first argument: &my_map."},
      {"expected=", "A helper is given an argument of the wrong kind.",
       "Compare the call with the helper's prototype in bpf_helper_defs.h."},
  });
  return causes;
}

}  // namespace skep::explain
