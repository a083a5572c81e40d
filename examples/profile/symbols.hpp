// The names of functions: of the kernel from /proc/kallsyms, of a process from the files that it
// has mapped. As much as a profile needs: no debug information, no files of containers.
#pragma once

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace profile {

struct Symbol {
  std::uint64_t address = 0, size = 0;  // bytes; 0: up to the next one
  std::string name;
};

class Symbols {
 public:
  explicit Symbols(std::vector<Symbol> symbols) : symbols_(std::move(symbols)) {
    std::ranges::sort(symbols_, {}, &Symbol::address);
  }
  [[nodiscard]] std::string at(std::uint64_t address) const {
    const auto after = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
    if (after == symbols_.begin()) return "[unknown]";
    const Symbol& symbol = *std::prev(after);
    const bool is_in = symbol.size == 0 || address - symbol.address < symbol.size;
    return is_in ? symbol.name : "[unknown]";
  }

 private:
  std::vector<Symbol> symbols_;
};

inline Symbols kernel_symbols() {
  std::vector<Symbol> out;
  std::ifstream lines("/proc/kallsyms");  // ffffffff81000000 T _text
  for (std::string line; std::getline(lines, line);) {
    char* type = nullptr;
    const std::uint64_t address = std::strtoull(line.c_str(), &type, 16);
    const bool is_function = type[0] == ' ' && (type[1] == 't' || type[1] == 'T');
    if (address == 0 || !is_function) continue;  // 0: we may not see them
    const std::string_view name(type + 3);
    out.push_back({address, 0, std::string(name.substr(0, name.find('\t')))});
  }
  return Symbols(std::move(out));
}

// The functions of an ELF file, by their offset in it.
inline Symbols file_symbols(const std::string& path) {
  std::vector<Symbol> out;
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::string bytes(error ? 0 : size, '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  // What lies at `offset`; nothing where the file is shorter.
  const auto at = [&]<typename T>(std::uint64_t offset, T& value) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return true;
  };
  Elf64_Ehdr head;
  if (!at(0, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return Symbols({});
  const auto offset_of = [&](std::uint64_t address) {
    Elf64_Phdr segment;
    for (unsigned i = 0; i < head.e_phnum && at(head.e_phoff + i * sizeof(segment), segment); ++i) {
      if (segment.p_type == PT_LOAD && address - segment.p_vaddr < segment.p_filesz) {
        return address - segment.p_vaddr + segment.p_offset;
      }
    }
    return address;
  };
  Elf64_Shdr section, texts;
  for (unsigned i = 0; i < head.e_shnum && at(head.e_shoff + i * sizeof(section), section); ++i) {
    if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) continue;
    if (!at(head.e_shoff + section.sh_link * sizeof(texts), texts)) continue;
    Elf64_Sym symbol;
    for (std::uint64_t done = 0; done < section.sh_size && at(section.sh_offset + done, symbol);
         done += sizeof(symbol)) {
      const std::uint64_t name = texts.sh_offset + symbol.st_name;
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_value == 0) continue;
      if (name < bytes.size()) {
        out.push_back({offset_of(symbol.st_value), symbol.st_size, bytes.c_str() + name});
      }
    }
  }
  return Symbols(std::move(out));
}

// Where a process has mapped which file, as it is when this is made: later it may be gone.
class Process {
 public:
  explicit Process(std::uint32_t pid) {
    std::ifstream lines("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      Mapping mapping;
      std::string rights, device, inode;
      char dash = 0;
      words >> std::hex >> mapping.start >> dash >> mapping.end >> rights >> mapping.offset >>
          device >> inode >> mapping.path;
      if (rights.size() == 4 && rights[2] == 'x') mappings_.push_back(std::move(mapping));
    }
  }
  // `files`: what was read of files so far.
  [[nodiscard]] std::string at(std::uint64_t address, std::map<std::string, Symbols>& files) const {
    for (const auto& mapping : mappings_) {
      if (address < mapping.start || address >= mapping.end) continue;
      if (!mapping.path.starts_with('/')) return mapping.path.empty() ? "[unknown]" : mapping.path;
      auto found = files.find(mapping.path);
      if (found == files.end()) {
        found = files.emplace(mapping.path, file_symbols(mapping.path)).first;
      }
      return found->second.at(address - mapping.start + mapping.offset);
    }
    return "[unknown]";
  }

 private:
  struct Mapping {
    std::uint64_t start = 0, end = 0, offset = 0;
    std::string path;
  };
  std::vector<Mapping> mappings_;
};

}  // namespace profile
