// object/source.hpp: an object file, opened: what the readers of its parts share.
//
//   source  ->  functions, maps, data  ->  relocations        (each fills its part of ObjectSpec)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "btf/ext.hpp"
#include "elf/elf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// What a section of an object file is to us.
enum class Role : std::uint8_t {
  other,
  program,     // code that the kernel calls
  text,        // .text with code in it: subprograms
  maps,        // .maps
  data,        // .data* .rodata* .bss* that are not empty
  struct_ops,  // .struct_ops, .struct_ops.link, and the same with a '?'
  arena,       // .addr_space.1: global variables in the object's arena
};

// An object with more sections is none that a compiler made.
inline constexpr std::uint32_t max_sections = 1U << 14;

// Views borrow from the file's bytes.
struct Source {
  elf::File file;
  std::vector<Role> roles;                                      // by section index
  std::unordered_map<std::string_view, std::uint32_t> by_name;  // the first section of each name
  Btf types;  // completed (complete_types.hpp); empty without .BTF
  bool has_types = false;
  btf::Ext ext;                     // empty without .BTF.ext
  std::vector<ExternSpec> externs;  // as in ObjectSpec

  // other for an index that the file does not have (a reserved one).
  [[nodiscard]] Role role(std::uint32_t section) const noexcept {
    return section < roles.size() ? roles[section] : Role::other;
  }
  [[nodiscard]] bool is_code(std::uint32_t section) const noexcept {
    return role(section) == Role::program || role(section) == Role::text;
  }
  [[nodiscard]] const elf::Section* find(std::string_view name) const noexcept;
  // Section indices, in file order.
  [[nodiscard]] std::vector<std::uint32_t> with_role(Role role) const;
};

// Errors: bad_input; unsupported for what skep does not do yet, naming it.
[[nodiscard]] Result<Source> open_source(Bytes bytes);

// The readers. Each expects that those above it have run.
[[nodiscard]] Result<void> read_functions(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_maps(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_data_sections(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_arena(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_relocations(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_struct_ops(const Source& source, ObjectSpec& spec);
[[nodiscard]] Result<void> read_map_slots(const Source& source, ObjectSpec& spec);

// The arena of the object; nothing when it has none.
[[nodiscard]] std::optional<std::uint32_t> find_arena(const ObjectSpec& spec) noexcept;

// Which kind of data section a name means; none for another section.
[[nodiscard]] DataSection data_section_of(const elf::Section& section) noexcept;

// Where the functions of a spec are, for finding one by section and instruction.
class FunctionIndex {
 public:
  // Borrows the functions, which are in order of section and offset.
  FunctionIndex(const Source& source, const std::vector<FunctionSpec>& functions);

  // The function that holds instruction `instruction` of the section; nothing when none does.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t section,
                                                  std::uint64_t instruction) const noexcept;

 private:
  struct Entry {
    std::uint32_t first;  // instruction of the section
    std::uint32_t count;
    std::uint32_t function;
  };
  std::unordered_map<std::uint32_t, std::vector<Entry>> by_section_;
};

inline constexpr std::uint32_t insn_bytes = 8;

}  // namespace skep::object
