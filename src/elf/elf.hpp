// elf/elf.hpp: a bounds-checked reader of BPF object files (ELF64, little-endian, EM_BPF,
// relocatable). Names and offsets of user binaries come through elfutils: see elf/symbols.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/result.hpp"

namespace skep::elf {

// Section header types and flags, symbol types and bindings, with the numbers of the ELF
// specification (gABI, chapter 4).
enum class SectionType : std::uint32_t {
  null = 0,
  progbits = 1,
  symtab = 2,
  strtab = 3,
  rela = 4,
  nobits = 8,
  rel = 9,
};
inline constexpr std::uint64_t flag_write = 0x1, flag_alloc = 0x2, flag_exec = 0x4;
enum class SymbolType : std::uint8_t {
  none = 0,
  object = 1,
  function = 2,
  section = 3,
  file = 4,
  tls = 6
};
enum class Binding : std::uint8_t { local = 0, global = 1, weak = 2 };
enum class Visibility : std::uint8_t { normal = 0, internal = 1, hidden = 2, protected_ = 3 };
inline constexpr std::uint16_t section_undefined = 0, section_reserved = 0xff00;

// BPF relocation types (LLVM's llvm/include/llvm/BinaryFormat/ELFRelocs/BPF.def).
enum class RelocationType : std::uint32_t {
  none = 0,
  abs64_insn = 1,
  abs64_data = 2,
  abs32 = 3,
  nodyld32 = 4,
  call32 = 10
};

struct Section {
  std::uint32_t index = 0;
  std::string_view name;
  SectionType type = SectionType::null;
  std::uint64_t flags = 0;
  std::uint64_t size = 0;  // bytes; for nobits (.bss) nothing stands in the file
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t entry_size = 0;
  Bytes data;  // empty for nobits
};

struct Symbol {
  std::uint32_t index = 0;
  std::string_view name;  // a section symbol has none: ask the section
  SymbolType type = SymbolType::none;
  Binding binding = Binding::local;
  Visibility visibility = Visibility::normal;
  std::uint16_t section = 0;  // a section index, or one of the reserved values
  std::uint64_t value = 0;    // bytes from the start of the section
  std::uint64_t size = 0;
};

struct Relocation {
  std::uint64_t offset = 0;  // bytes from the start of the section that is relocated
  RelocationType type = RelocationType::none;
  std::uint32_t symbol = 0;  // an index that File::symbols has
};

// Views borrow from the bytes given to parse(). Checked: section data lies inside the file and
// does not overlap; a symbol's section exists (or is a reserved value), and a function or object
// lies inside it; nobits sections are below 4 GiB.
struct File {
  std::vector<Section> sections;
  std::vector<Symbol> symbols;

  [[nodiscard]] const Section* find(std::string_view name) const noexcept;
  // The relocations that apply to section `target`, in file order; empty when there are none.
  [[nodiscard]] Result<std::vector<Relocation>> relocations_of(std::uint32_t target) const;
};

// Errors: bad_input that says what the file is instead (x86 object, big-endian BPF, 32-bit, text).
[[nodiscard]] Result<File> parse(Bytes bytes);

}  // namespace skep::elf
