// What processes and just-in-time compilers say of their code, any bytes: each name that is found
// lies where it was looked for.
#include <cstdint>
#include <string>
#include <string_view>

#include "skep/symbol.hpp"
#include "symbol/mappings.hpp"
#include "symbol/perf_map.hpp"

using namespace skep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const symbol::PerfMap map(text);
  const auto mappings = symbol::parse_mappings(text);
  KernelSymbols kernel(text);
  for (std::uint64_t address = 1; address != 0; address <<= 4) {
    const auto* entry = map.find(address);
    if (entry != nullptr && address - entry->start >= entry->size) __builtin_trap();
    const auto* mapping = symbol::find_mapping(mappings, address);
    if (mapping != nullptr && (address < mapping->start || address >= mapping->end)) {
      __builtin_trap();
    }
    const auto frame = kernel.find(address);
    if (frame.function.empty() && frame.why.empty()) __builtin_trap();
  }
  return 0;
}
