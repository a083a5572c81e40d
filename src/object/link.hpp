// object/link.hpp: from a spec to programs that a kernel can take.
//
// No system call here: what the host knows arrives as a Target, descriptors are patched in last by
// kernel/.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "object/core_path.hpp"
#include "object/struct_ops.hpp"
#include "object/target.hpp"
#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// An instruction pair (lddw) that waits for a map's descriptor: its source register says already
// what it is (BPF_PSEUDO_MAP_FD or BPF_PSEUDO_MAP_VALUE), and the second imm holds the offset; the
// descriptor goes into the first imm, which is 0.
struct MapReference {
  std::uint32_t instruction = 0;
  std::uint32_t map = 0;     // index into ObjectSpec::maps
  bool is_value = false;     // false: the map itself; true: an address in its only value
  std::uint32_t offset = 0;  // is_value: bytes
};

// An lddw of a type of a module (BPF_PSEUDO_BTF_ID): the descriptor of the module's BTF goes into
// the second imm, which is 0.
struct ModuleReference {
  std::uint32_t instruction = 0;
  std::uint32_t module = 0;  // index into Target::modules
};

// What became of one CO-RE relocation.
struct CoreOutcome {
  std::uint32_t instruction = 0;  // in LinkedProgram::instructions
  std::uint32_t function = 0;     // that it stands in: index into ObjectSpec::functions
  std::uint32_t kind = 0;
  CoreText local;                      // "struct task_struct.pid (0:23 @ offset 1234)"
  CoreText target;                     // the same in the kernel's types, empty when absent
  std::optional<std::uint64_t> value;  // nothing: poisoned
  std::array<Insn, 2> before, after;   // an lddw takes both, everything else the first
};

// A program with its subprograms appended, every relocation applied but for descriptors.
struct LinkedProgram {
  std::string name;
  std::vector<Insn> instructions;
  std::vector<MapReference> maps;        // in order of their instructions
  std::vector<ModuleReference> modules;  // the same
  // Modules whose descriptors make up fd_array, from its index 1 on: calls of their functions have
  // that index in off. The same for every program of an object.
  std::vector<std::uint32_t> fd_modules;
  std::vector<FunctionInfo> function_info;  // empty unless every function has some
  std::vector<LineInfo> line_info;          // the same
  std::vector<CoreOutcome> core;            // in order of their instructions
  std::uint32_t attach_btf_id = 0;    // in Target::types; 0 where none is needed, and for freplace,
                                      // whose target is another program's
  std::optional<int> attach_program;  // that program's descriptor, which kernel/ sets
  std::optional<std::uint32_t> attach_module;  // attach_btf_id is in this one of Target::modules
};

// Links the programs of one object for one target. Whatever they share is done once: the search for
// names among the kernel's types, and the CO-RE relocations of subprograms.
class Linker {
 public:
  // Borrows both, for as long as the linker lives, and looks for every name in the kernel's types.
  // Errors: bad_input for a spec whose indices point nowhere (check_spec.hpp).
  static Result<Linker> create(const ObjectSpec& spec, const Target& target);
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker&&) noexcept;
  Linker(const Linker&) = delete;
  Linker& operator=(const Linker&) = delete;
  ~Linker();

  // Which modules' types the object needs, as far as the kernel's own are known. They may be added
  // to Target::modules before the functions below are called for the first time; without, the
  // object is linked as for a kernel that has none loaded.
  [[nodiscard]] ModuleNeeds needs_modules() const;

  // Resolves every extern, and every CO-RE relocation of the subprograms and of the programs that
  // are to be loaded. link() does it itself; a caller that links nothing learns here what is wrong.
  // Errors: as for link().
  [[nodiscard]] Result<void> resolve();

  // The contents of the map ".kconfig" on the target; empty where there is no such map.
  // Errors: see kconfig.hpp.
  [[nodiscard]] Result<std::vector<std::byte>> kconfig() const;

  // The object's struct_ops maps in the target's terms, and where their programs stand in them.
  // Errors: see struct_ops.hpp.
  [[nodiscard]] Result<StructOpsTables> struct_ops();

  // Links program `program` (an index into spec.programs). The order of subprograms, and every
  // instruction, are those that libbpf 1.5 sends: tests/oracle holds us to it. The first time,
  // every extern is resolved, and every CO-RE relocation of the subprograms and of the programs
  // that are to be loaded. Errors: bad_input for an object that cannot be linked; unsupported,
  // naming type and field, where the target lacks what the program cannot do without; not_found for
  // what it attaches to.
  [[nodiscard]] Result<LinkedProgram> link(std::size_t program);

 private:
  struct State;
  explicit Linker(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// One program by itself.
[[nodiscard]] Result<LinkedProgram> link_program(const ObjectSpec& spec, std::size_t program,
                                                 const Target& target);

// True when any program that will be loaded has a CO-RE relocation or a BTF hook, or an extern is
// found by its type, so that the kernel's types are needed at all (reading them costs
// milliseconds).
[[nodiscard]] bool needs_target_types(const ObjectSpec& spec) noexcept;

// Which instruction could not be relocated and was replaced by an invalid call: the number that
// the verifier's log will show ("invalid func unknown#195896080").
inline constexpr std::int32_t poison_call = 0xbad2310;

// The same for a reference to a map that is not created (MapSpec::autocreate): this number plus the
// index of the map, in both halves of the lddw.
inline constexpr std::int32_t poison_map = 2001000000;

// The same for a call of a kernel function (__weak) that the target does not have: this number plus
// its index in ObjectSpec::externs.
inline constexpr std::int32_t poison_kfunc = 2002000000;

}  // namespace skep::object
