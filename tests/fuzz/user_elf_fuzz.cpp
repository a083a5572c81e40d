// A user binary: its symbols, segments, sections, build id and packed symbols; and
// /etc/ld.so.cache.
#include <cstddef>
#include <cstdint>

#include "elf/debug_files.hpp"
#include "elf/demangle.hpp"
#include "elf/library_cache.hpp"
#include "elf/usdt.hpp"
#include "elf/user_binary.hpp"

namespace {

std::size_t sum_of(const skep::elf::UserBinary& binary) {
  std::size_t sum = binary.build_id().size();
  for (const auto& table : {binary.symbols(), binary.dynamic_symbols()}) {
    if (!table) continue;
    table->each_symbol([&](const skep::elf::UserSymbol& symbol) {
      for (const char c : symbol.name) sum += static_cast<unsigned char>(c);
      for (const char c : symbol.version) sum += static_cast<unsigned char>(c);
      if (symbol.name.size() < 64) sum += skep::elf::demangle(symbol.name).value_or("").size();
      sum += binary.offset_of(symbol.address).value_or(0);
    });
  }
  for (const auto* name : {".note.stapsdt", ".gnu_debuglink", ".text"}) {
    const auto section = binary.section(name);
    if (!section) continue;
    for (const auto byte : section->data) sum += std::to_integer<std::size_t>(byte);
    (void)skep::elf::parse_usdt_notes(section->data, binary.is_64_bit());
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skep;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::size_t sum = 0;
  if (const auto libraries = elf::parse_library_cache(bytes)) {
    for (const auto& library : *libraries) sum += elf::is_library(library.name, library.path);
  }
  const auto binary = elf::UserBinary::parse({bytes.begin(), bytes.end()});
  if (binary) {
    sum += sum_of(*binary);
    if (const auto mini = elf::mini_debug_info(*binary)) sum += sum_of(*mini);
  }
  [[maybe_unused]] static volatile std::size_t sink;
  sink = sum;
  return 0;
}
