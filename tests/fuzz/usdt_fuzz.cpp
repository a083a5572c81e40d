// The notes of USDT probes and the texts of their arguments, for both machines.
#include <elf.h>

#include <cstddef>
#include <cstdint>

#include "elf/usdt.hpp"

namespace {

void parse(std::string_view text, const skep::elf::UsdtContext& context) {
  const auto arguments = skep::elf::parse_usdt_arguments(text, context);
  if (!arguments) return;
  if (arguments->size() > 12) __builtin_trap();
  for (const auto& one : *arguments) {
    const bool has_size = one.size == 1 || one.size == 2 || one.size == 4 || one.size == 8;
    const bool is_register = one.base <= 248 && one.base % 8 == 0 && one.index.value_or(0) <= 248;
    if (!has_size || !is_register || one.shift > 3) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skep::elf;
  const auto find = [](std::string_view name) -> std::optional<std::uint64_t> {
    if (name.size() % 2 == 0) return std::nullopt;
    return name.size() * 0x1000;
  };
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  for (const bool is_fixed : {false, true}) {
    for (const auto machine : {std::uint16_t{EM_X86_64}, std::uint16_t{EM_AARCH64}}) {
      const UsdtContext context{
          .machine = machine, .address = 0x1000, .is_fixed = is_fixed, .find_symbol = find};
      parse(whole, context);
      for (const bool is_64_bit : {false, true}) {
        const auto notes = parse_usdt_notes(bytes, is_64_bit);
        if (!notes) continue;
        for (const auto& note : *notes) parse(note.arguments, context);
      }
    }
  }
  return 0;
}
