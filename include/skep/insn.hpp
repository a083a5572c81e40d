// skep/insn.hpp: one eBPF instruction, as the kernel stores it (RFC 9669, section 3).
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace skep {

// 8 bytes, little-endian on every target that skep supports. The wide form (a 64-bit immediate)
// takes two of them: the second has code 0 and holds the upper 32 bits in imm.
struct Insn {
  std::uint8_t code = 0;
  std::uint8_t registers = 0;  // low nibble: destination; high nibble: source or pseudo kind
  std::int16_t off = 0;
  std::int32_t imm = 0;

  // The destination register.
  [[nodiscard]] constexpr std::uint8_t dst() const noexcept { return registers & 0x0f; }
  // The source register, or a pseudo kind.
  [[nodiscard]] constexpr std::uint8_t src() const noexcept { return registers >> 4; }
  // `r`: 0 to 15.
  constexpr void set_dst(std::uint8_t r) noexcept {
    registers = static_cast<std::uint8_t>((registers & 0xf0) | (r & 0x0f));
  }
  // `r`: 0 to 15.
  constexpr void set_src(std::uint8_t r) noexcept {
    registers = static_cast<std::uint8_t>((registers & 0x0f) | (r << 4));
  }
  friend constexpr bool operator==(const Insn&, const Insn&) = default;
};
static_assert(sizeof(Insn) == 8);

}  // namespace skep
#pragma GCC visibility pop
