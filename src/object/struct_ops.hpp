// object/struct_ops.hpp: struct_ops maps in the terms of the target kernel.
//
// A struct_ops map holds one struct of the kernel, such as tcp_congestion_ops, with programs for
// its function pointers. The object has the struct as it was compiled; the kernel wants its own,
// wrapped in struct bpf_struct_ops_NAME. Members are matched by name (kernel/bpf/bpf_struct_ops.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "object/target_names.hpp"
#include "skep/btf.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

struct StructOpsMap {
  std::uint32_t map = 0;                // index into ObjectSpec::maps
  btf::TypeId value_type = 0;           // struct bpf_struct_ops_NAME, in the kernel's types
  std::optional<std::uint32_t> module;  // or in those of this one of Target::modules
  std::vector<std::byte> value;         // of that type: the map's value but for the functions
  std::vector<MapSlot> functions;       // byte offset in `value`: a program's descriptor, 8 bytes
};

// What the kernel must be told when the program is loaded.
struct StructOpsProgram {
  btf::TypeId type = 0;      // attach_btf_id: the struct, 0 for a program that no map refers to
  std::uint32_t member = 0;  // expected_attach_type: which of its members
  std::optional<std::uint32_t> module;  // type is in this one of Target::modules

  bool operator==(const StructOpsProgram&) const = default;
};

struct StructOpsTables {
  std::vector<StructOpsMap> maps;          // those that are to be created
  std::vector<StructOpsProgram> programs;  // by index into ObjectSpec::programs
};

[[nodiscard]] bool has_struct_ops(const ObjectSpec& spec) noexcept;

// A program that struct_ops maps refer to is loaded exactly if one of them is created; what SEC
// says of the others stays.
void choose_struct_ops_programs(ObjectSpec& spec) noexcept;

// The names that resolve_struct_ops will look for.
void want_struct_ops(const ObjectSpec& spec, TargetNames& names);

// Errors: not_found for a struct that neither the kernel nor a module has a table for; unsupported,
// naming map and member, for what the kernel's struct has no room for; bad_input for a program in
// two places that do not fit together.
[[nodiscard]] Result<StructOpsTables> resolve_struct_ops(const ObjectSpec& spec,
                                                         TargetNames& names);

}  // namespace skep::object
