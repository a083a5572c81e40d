// BPF object files made by hand: what no compiler would write, and what needs none.
//
//   ObjectBuilder b;
//   const auto code = b.add_code("xdp", {mov_exit…});
//   b.add_function("filter", code, 0, 2);
//   const auto bytes = b.build();
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/insn.hpp"

namespace skep::test {

class ObjectBuilder {
 public:
  using Index = std::uint16_t;

  ObjectBuilder() {
    sections_.push_back({});  // the null section
    symbols_.push_back({});   // the null symbol
  }

  Index add_section(std::string_view name, std::uint32_t type, std::uint64_t flags,
                    std::vector<std::byte> data) {
    Section section{std::string(name), {}, std::move(data)};
    section.header.sh_type = type;
    section.header.sh_flags = flags;
    section.header.sh_size = section.data.size();
    sections_.push_back(std::move(section));
    return static_cast<Index>(sections_.size() - 1);
  }
  Index add_code(std::string_view name, const std::vector<Insn>& code) {
    const auto bytes = std::as_bytes(std::span(code));
    return add_section(name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, {bytes.begin(), bytes.end()});
  }
  Index add_data(std::string_view name, std::string_view data) {
    const auto bytes = std::as_bytes(std::span(data));
    return add_section(name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, {bytes.begin(), bytes.end()});
  }
  // Bytes that the file only claims.
  Index add_bss(std::string_view name, std::uint64_t size) {
    const auto index = add_section(name, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, {});
    sections_[index].header.sh_size = size;
    return index;
  }

  // `section` 0: undefined. Returns the symbol's index.
  std::uint32_t add_symbol(std::string_view name, std::uint8_t type, std::uint8_t binding,
                           Index section, std::uint64_t value = 0, std::uint64_t size = 0,
                           std::uint8_t visibility = STV_DEFAULT) {
    Elf64_Sym symbol{};
    symbol.st_name = name.empty() ? 0 : add_name(name);
    symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(binding, type));
    symbol.st_other = visibility;
    symbol.st_shndx = section;
    symbol.st_value = value;
    symbol.st_size = size;
    symbols_.push_back(symbol);
    return static_cast<std::uint32_t>(symbols_.size() - 1);
  }
  // In instructions.
  std::uint32_t add_function(std::string_view name, Index section, std::uint32_t first,
                             std::uint32_t count, std::uint8_t binding = STB_GLOBAL,
                             std::uint8_t visibility = STV_DEFAULT) {
    return add_symbol(name, STT_FUNC, binding, section, std::uint64_t{first} * 8,
                      std::uint64_t{count} * 8, visibility);
  }

  void add_relocation(Index section, std::uint64_t offset, std::uint32_t symbol,
                      std::uint32_t type = 1) {
    relocations_.push_back({section, {offset, ELF64_R_INFO(std::uint64_t{symbol}, type)}});
  }

  [[nodiscard]] std::vector<std::byte> build() const {
    auto sections = sections_;
    const auto symtab = static_cast<std::uint32_t>(sections.size());
    sections.push_back(table(".symtab", SHT_SYMTAB, sizeof(Elf64_Sym), std::span(symbols_)));
    sections.back().header.sh_link = symtab + 1;
    sections.push_back({".strtab", {}, {}});
    for (Index target = 1; target < sections_.size(); ++target) {
      std::vector<Elf64_Rel> list;
      for (const auto& [section, relocation] : relocations_) {
        if (section == target) list.push_back(relocation);
      }
      if (list.empty()) continue;
      auto rel =
          table(".rel" + sections_[target].name, SHT_REL, sizeof(Elf64_Rel), std::span(list));
      rel.header.sh_link = symtab;
      rel.header.sh_info = target;
      sections.push_back(std::move(rel));
    }
    return lay_out(std::move(sections), symtab + 1);
  }

 private:
  struct Section {
    std::string name;
    Elf64_Shdr header{};
    std::vector<std::byte> data;
  };

  std::uint32_t add_name(std::string_view name) {
    const auto at = static_cast<std::uint32_t>(names_.size());
    names_ += std::string(name) + '\0';
    return at;
  }

  template <typename T>
  static Section table(std::string name, std::uint32_t type, std::uint64_t entry,
                       std::span<T> entries) {
    const auto bytes = std::as_bytes(entries);
    Section section{std::move(name), {}, {bytes.begin(), bytes.end()}};
    section.header.sh_type = type;
    section.header.sh_size = section.data.size();
    section.header.sh_entsize = entry;
    return section;
  }

  [[nodiscard]] std::vector<std::byte> lay_out(std::vector<Section> sections,
                                               std::uint32_t strtab) const {
    auto names = names_;
    for (std::size_t i = 1; i < sections.size(); ++i) {
      sections[i].header.sh_name = static_cast<std::uint32_t>(names.size());
      names += sections[i].name + '\0';
    }
    const auto text = std::as_bytes(std::span(names));
    sections[strtab].data.assign(text.begin(), text.end());
    sections[strtab].header.sh_type = SHT_STRTAB;
    sections[strtab].header.sh_size = text.size();

    std::vector<std::byte> out(sizeof(Elf64_Ehdr));
    for (auto& section : sections) {
      out.resize(round_up(out.size(), 8));
      section.header.sh_offset = out.size();
      out.insert(out.end(), section.data.begin(), section.data.end());
    }
    out.resize(round_up(out.size(), 8));
    const auto header = file_header(out.size(), sections.size(), strtab);
    std::memcpy(out.data(), &header, sizeof header);
    for (const auto& section : sections) append_bytes(out, section.header);
    return out;
  }

  static Elf64_Ehdr file_header(std::uint64_t at, std::size_t count, std::uint32_t names) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_BPF;
    header.e_version = EV_CURRENT;
    header.e_shoff = at;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(count);
    header.e_shstrndx = static_cast<Elf64_Half>(names);
    return header;
  }

  std::vector<Section> sections_;
  std::vector<Elf64_Sym> symbols_;
  std::vector<std::pair<Index, Elf64_Rel>> relocations_;
  std::string names_ = std::string(1, '\0');
};

// Instructions that the tests are made of.
inline constexpr Insn insn_return_zero{.code = 0xb7};  // r0 = 0
inline constexpr Insn insn_exit{.code = 0x95};
[[nodiscard]] inline constexpr Insn insn_call(std::int32_t distance) {
  return {.code = 0x85, .registers = 0x10, .imm = distance};
}
[[nodiscard]] inline constexpr Insn insn_lddw(std::int32_t imm = 0) {
  return {.code = 0x18, .registers = 1, .imm = imm};
}
inline constexpr Insn insn_second_slot{};

}  // namespace skep::test
