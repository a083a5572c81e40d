// Layouts and numbers: the gABI, chapter 4 (elf.h), and include/uapi/linux/elf-em.h.
#include "elf/elf.hpp"

#include <elf.h>

#include <cstring>
#include <limits>

#include "base/error.hpp"
#include "elf/identify.hpp"

namespace skep::elf {
namespace {

// A T of bytes that were checked to hold it.
template <typename T>
T load(Bytes bytes, std::uint64_t offset) noexcept {
  T value;
  std::memcpy(&value, bytes.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

// The section headers as the file has them, counted but not yet believed.
struct HeaderTable {
  Bytes bytes;
  std::uint32_t count = 0;
  std::uint32_t names = 0;  // index of the section that holds the sections' names

  [[nodiscard]] Elf64_Shdr at(std::uint32_t index) const noexcept {
    return load<Elf64_Shdr>(bytes, std::uint64_t{index} * sizeof(Elf64_Shdr));
  }
};

Result<HeaderTable> find_headers(Bytes file, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0) return fail(ErrorKind::bad_input, "it has no section headers");
  if (header.e_shentsize != sizeof(Elf64_Shdr)) {
    return fail(ErrorKind::bad_input, "section headers are {} bytes each, should be {}",
                header.e_shentsize, sizeof(Elf64_Shdr));
  }
  const auto first = read_at<Elf64_Shdr>(file, header.e_shoff);
  if (!first) {
    return fail(ErrorKind::bad_input,
                "section headers start at {:#x}, the file ends at {:#x}: it is cut short",
                header.e_shoff, file.size());
  }
  // Numbers that do not fit 16 bits stand in the first section header (gABI, "ELF Header").
  const std::uint64_t count = header.e_shnum == 0 ? first->sh_size : header.e_shnum;
  const std::uint32_t names = header.e_shstrndx == SHN_XINDEX ? first->sh_link : header.e_shstrndx;
  const std::uint64_t room = (file.size() - header.e_shoff) / sizeof(Elf64_Shdr);
  if (count == 0) return fail(ErrorKind::bad_input, "it has no sections");
  if (count > room || count > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorKind::bad_input,
                "{} section headers at {:#x}, the file ends at {:#x}: it is cut short", count,
                header.e_shoff, file.size());
  }
  if (names == 0 || names >= count) {
    return fail(ErrorKind::bad_input, "section names are in section {} of {}", names, count);
  }
  return HeaderTable{file.subspan(header.e_shoff, count * sizeof(Elf64_Shdr)),
                     static_cast<std::uint32_t>(count), names};
}

bool has_bytes(SectionType type) noexcept {
  return type != SectionType::null && type != SectionType::nobits;
}

// Everything but the name.
Result<Section> read_section(Bytes file, const HeaderTable& table, std::uint32_t index) {
  const Elf64_Shdr header = table.at(index);
  Section section{.index = index,
                  .type = SectionType{header.sh_type},
                  .flags = header.sh_flags,
                  .size = header.sh_size,
                  .link = header.sh_link,
                  .info = header.sh_info,
                  .entry_size = header.sh_entsize};
  // The first header holds no section; its fields extend the ELF header's.
  if (section.type == SectionType::null) return Section{.index = index};
  if (section.link >= table.count) {
    return fail(ErrorKind::bad_input, "section {} links to section {} of {}", index, section.link,
                table.count);
  }
  const bool relocates = section.type == SectionType::rel || section.type == SectionType::rela;
  if (relocates && section.info >= table.count) {
    return fail(ErrorKind::bad_input, "section {} relocates section {} of {}", index, section.info,
                table.count);
  }
  if (!has_bytes(section.type)) {
    if (section.size > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorKind::bad_input, "section {} claims {} bytes", index, section.size);
    }
    return section;
  }
  const auto data = slice(file, header.sh_offset, header.sh_size);
  if (!data) {
    return fail(ErrorKind::bad_input,
                "section {}: {:#x} bytes at {:#x}, the file ends at {:#x}: it is cut short", index,
                header.sh_size, header.sh_offset, file.size());
  }
  section.data = *data;
  return section;
}

Result<std::vector<Section>> read_sections(Bytes file, const HeaderTable& table) {
  std::vector<Section> sections;
  sections.reserve(table.count);
  std::uint64_t total = 0;
  for (std::uint32_t index = 0; index < table.count; ++index) {
    SKEP_TRY(auto section, read_section(file, table, index));
    total += section.data.size();
    // Otherwise a small file could stand for many times its size.
    if (total > file.size()) {
      return fail(ErrorKind::bad_input, "section {}: the sections overlap", index);
    }
    sections.push_back(section);
  }
  const Section& names = sections[table.names];
  if (names.type != SectionType::strtab) {
    return fail(ErrorKind::bad_input, "section {} holds the names but is no string table",
                table.names);
  }
  for (auto& section : sections) {
    if (section.type == SectionType::null) continue;
    const auto name = string_at(names.data, table.at(section.index).sh_name);
    if (!name) {
      return fail(ErrorKind::bad_input, "section {}: its name is outside the string table",
                  section.index);
    }
    section.name = *name;
  }
  return sections;
}

Result<void> check_place(const Symbol& symbol, const std::vector<Section>& sections) {
  if (symbol.section == SHN_XINDEX) {
    return fail(ErrorKind::unsupported, "symbol {} '{}': extended section indices", symbol.index,
                symbol.name);
  }
  if (symbol.section == section_undefined || symbol.section >= section_reserved) return {};
  if (symbol.section >= sections.size()) {
    return fail(ErrorKind::bad_input, "symbol {} '{}' is in section {} of {}", symbol.index,
                symbol.name, symbol.section, sections.size());
  }
  const Section& section = sections[symbol.section];
  const bool has_size = symbol.type == SymbolType::function || symbol.type == SymbolType::object;
  const std::uint64_t size = has_size ? symbol.size : 0;
  if (symbol.value > section.size || size > section.size - symbol.value) {
    return fail(ErrorKind::bad_input, "symbol {} '{}': {:#x} bytes at {:#x} in {}, of {:#x} bytes",
                symbol.index, symbol.name, size, symbol.value, section.name, section.size);
  }
  return {};
}

Result<std::vector<Symbol>> read_symbols(const Section& table,
                                         const std::vector<Section>& sections) {
  if (table.entry_size != sizeof(Elf64_Sym) || table.size % sizeof(Elf64_Sym) != 0) {
    return fail(ErrorKind::bad_input, "{}: {} bytes of entries of {}, should be of {}", table.name,
                table.size, table.entry_size, sizeof(Elf64_Sym));
  }
  const Section& names = sections[table.link];
  if (names.type != SectionType::strtab) {
    return fail(ErrorKind::bad_input, "{}: section {} holds its names but is no string table",
                table.name, table.link);
  }
  const std::uint64_t count = table.size / sizeof(Elf64_Sym);
  if (table.info > count) {
    return fail(ErrorKind::bad_input, "{}: {} local symbols of {}", table.name, table.info, count);
  }
  std::vector<Symbol> symbols;
  symbols.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto raw = load<Elf64_Sym>(table.data, std::uint64_t{index} * sizeof(Elf64_Sym));
    const auto name = string_at(names.data, raw.st_name);
    if (!name && raw.st_name != 0) {
      return fail(ErrorKind::bad_input, "symbol {}: its name is outside the string table", index);
    }
    const Symbol symbol{.index = index,
                        .name = name.value_or(""),
                        .type = SymbolType(ELF64_ST_TYPE(raw.st_info)),
                        .binding = Binding(ELF64_ST_BIND(raw.st_info)),
                        .visibility = Visibility(ELF64_ST_VISIBILITY(raw.st_other)),
                        .section = raw.st_shndx,
                        .value = raw.st_value,
                        .size = raw.st_size};
    SKEP_CHECK(check_place(symbol, sections));
    symbols.push_back(symbol);
  }
  return symbols;
}

Result<void> append_relocations(std::vector<Relocation>& out, const File& file,
                                const Section& table, const Section& target) {
  if (table.type == SectionType::rela) {
    return fail(ErrorKind::unsupported, "{}: relocations with addends; BPF has none", table.name);
  }
  if (file.sections[table.link].type != SectionType::symtab) {
    return fail(ErrorKind::bad_input, "{}: section {} is no symbol table", table.name, table.link);
  }
  if (table.entry_size != sizeof(Elf64_Rel) || table.size % sizeof(Elf64_Rel) != 0) {
    return fail(ErrorKind::bad_input, "{}: {} bytes of entries of {}, should be of {}", table.name,
                table.size, table.entry_size, sizeof(Elf64_Rel));
  }
  const std::uint64_t count = table.size / sizeof(Elf64_Rel);
  out.reserve(out.size() + count);
  for (std::uint64_t index = 0; index < count; ++index) {
    const auto raw = load<Elf64_Rel>(table.data, index * sizeof(Elf64_Rel));
    const Relocation relocation{
        .offset = raw.r_offset,
        .type = RelocationType(static_cast<std::uint32_t>(ELF64_R_TYPE(raw.r_info))),
        .symbol = static_cast<std::uint32_t>(ELF64_R_SYM(raw.r_info))};
    if (relocation.symbol >= file.symbols.size()) {
      return fail(ErrorKind::bad_input, "{}: relocation {} is of symbol {} of {}", table.name,
                  index, relocation.symbol, file.symbols.size());
    }
    if (relocation.offset >= target.size) {
      return fail(ErrorKind::bad_input, "{}: relocation {} is at {:#x} of {:#x} bytes", table.name,
                  index, relocation.offset, target.size);
    }
    out.push_back(relocation);
  }
  return {};
}

}  // namespace

const Section* File::find(std::string_view name) const noexcept {
  for (const auto& section : sections) {
    if (section.type != SectionType::null && section.name == name) return &section;
  }
  return nullptr;
}

Result<std::vector<Relocation>> File::relocations_of(std::uint32_t target) const {
  std::vector<Relocation> out;
  if (target == 0 || target >= sections.size()) return out;
  for (const auto& section : sections) {
    const bool relocates = section.type == SectionType::rel || section.type == SectionType::rela;
    if (!relocates || section.info != target) continue;
    SKEP_CHECK(append_relocations(out, *this, section, sections[target]));
  }
  return out;
}

Result<File> parse(Bytes bytes) {
  SKEP_CHECK(check_is_bpf_object(bytes));
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (!header) {
    return fail(ErrorKind::bad_input, "the ELF header is cut short: the file has {} bytes",
                bytes.size());
  }
  SKEP_TRY(const auto table, find_headers(bytes, *header));
  File file;
  SKEP_TRY(file.sections, read_sections(bytes, table));
  const Section* symbols = nullptr;
  for (const auto& section : file.sections) {
    if (section.type != SectionType::symtab) continue;
    if (symbols != nullptr) {
      return fail(ErrorKind::bad_input, "two symbol tables, sections {} and {}", symbols->index,
                  section.index);
    }
    symbols = &section;
  }
  if (symbols != nullptr) {
    SKEP_TRY(file.symbols, read_symbols(*symbols, file.sections));
  }
  return file;
}

}  // namespace skep::elf
