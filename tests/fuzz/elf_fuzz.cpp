// An object file: all that the ELF reader tells of it.
#include <cstddef>
#include <cstdint>

#include "elf/elf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skep;
  const auto file = elf::parse(std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  std::size_t sum = 0;
  for (const auto& section : file->sections) {
    for (const auto byte : section.data) sum += std::to_integer<std::size_t>(byte);
    for (const char c : section.name) sum += static_cast<unsigned char>(c);
    const bool is_named = section.type != elf::SectionType::null;
    if (is_named && file->find(section.name) == nullptr) __builtin_trap();
    const auto relocations = file->relocations_of(section.index);
    if (!relocations) continue;
    for (const auto& relocation : *relocations) {
      sum += file->symbols[relocation.symbol].name.size();
      if (relocation.offset >= section.size) __builtin_trap();
    }
  }
  for (const auto& symbol : file->symbols) {
    for (const char c : symbol.name) sum += static_cast<unsigned char>(c);
    if (symbol.section < elf::section_reserved) sum += file->sections[symbol.section].size;
  }
  [[maybe_unused]] static volatile std::size_t sink;
  sink = sum;
  return 0;
}
