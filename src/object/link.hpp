// object/link.hpp: from a spec to programs that a kernel can take.
//
// No system call here: what the host knows arrives as a Target, descriptors are patched in last by
// kernel/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// What is known of the machine that will run the programs.
struct Target {
  std::optional<Btf> types;  // of its kernel; CO-RE and BTF tracepoints need it
};

// An instruction pair (lddw) that waits for a map's descriptor: its source register says already
// what it is (BPF_PSEUDO_MAP_FD or BPF_PSEUDO_MAP_VALUE), and the second imm holds the offset; the
// descriptor goes into the first imm, which is 0.
struct MapReference {
  std::uint32_t instruction = 0;
  std::uint32_t map = 0;     // index into ObjectSpec::maps
  bool is_value = false;     // false: the map itself; true: an address in its only value
  std::uint32_t offset = 0;  // is_value: bytes
};

// What became of one CO-RE relocation.
struct CoreOutcome {
  std::uint32_t instruction = 0;  // in LinkedProgram::instructions
  std::uint32_t kind = 0;
  std::string local;                   // "struct task_struct.pid (0:23 @ offset 1234)"
  std::string target;                  // the same in the kernel's types, empty when absent
  std::optional<std::uint64_t> value;  // nothing: poisoned
  Insn before;
  Insn after;
};

// A program with its subprograms appended, every relocation applied but the maps'.
struct LinkedProgram {
  std::string name;
  std::vector<Insn> instructions;
  std::vector<MapReference> maps;           // in order of their instructions
  std::vector<FunctionInfo> function_info;  // empty unless every function has some
  std::vector<LineInfo> line_info;          // the same
  std::vector<CoreOutcome> core;            // in order of their instructions
  std::uint32_t attach_btf_id = 0;  // in Target::types; 0 where none is needed, and for freplace,
                                    // whose target is another program's
};

// Links the programs of one object for one target. Whatever they share is done once: the search for
// names among the kernel's types, and the CO-RE relocations of subprograms.
class Linker {
 public:
  // Borrows both, for as long as the linker lives. Resolves every CO-RE relocation of the
  // subprograms and of the programs that are to be loaded. Errors: as for link().
  static Result<Linker> create(const ObjectSpec& spec, const Target& target);
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker&&) noexcept;
  Linker(const Linker&) = delete;
  Linker& operator=(const Linker&) = delete;
  ~Linker();

  // Links program `program` (an index into spec.programs). The order of subprograms, and every
  // instruction, are those that libbpf 1.5 sends: tests/oracle holds us to it.
  // Errors: bad_input for an object that cannot be linked; unsupported, naming type and field,
  // where the target lacks what the program cannot do without; not_found for what it attaches to.
  [[nodiscard]] Result<LinkedProgram> link(std::size_t program);

 private:
  struct State;
  explicit Linker(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// One program by itself.
[[nodiscard]] Result<LinkedProgram> link_program(const ObjectSpec& spec, std::size_t program,
                                                 const Target& target);

// True when any program that will be loaded has a CO-RE relocation or a BTF hook, so that the
// kernel's types are needed at all (reading them costs milliseconds).
[[nodiscard]] bool needs_target_types(const ObjectSpec& spec) noexcept;

// Which instruction could not be relocated and was replaced by an invalid call: the number that
// the verifier's log will show ("invalid func unknown#195896080").
inline constexpr std::int32_t poison_call = 0xbad2310;

}  // namespace skep::object
