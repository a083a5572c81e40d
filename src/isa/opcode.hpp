// isa/opcode.hpp: the numbers of an instruction's code field, and what they make of it
// (RFC 9669, sections 3 to 5; include/uapi/linux/bpf.h).
#pragma once

#include <cstdint>

#include "skep/insn.hpp"

namespace skep::isa {

// The low three bits of the code.
enum class Class : std::uint8_t {
  ld = 0x00,
  ldx = 0x01,
  st = 0x02,
  stx = 0x03,
  alu = 0x04,
  jmp = 0x05,
  jmp32 = 0x06,
  alu64 = 0x07,
};

// Loads and stores: width (two bits) and mode (the upper three).
inline constexpr std::uint8_t size_w = 0x00, size_h = 0x08, size_b = 0x10, size_dw = 0x18;
inline constexpr std::uint8_t mode_imm = 0x00, mode_abs = 0x20, mode_ind = 0x40, mode_mem = 0x60,
                              mode_memsx = 0x80, mode_atomic = 0xc0;

// Arithmetic and jumps: the operand is the immediate (0) or the source register.
inline constexpr std::uint8_t source_register = 0x08;

inline constexpr std::uint8_t op_add = 0x00, op_sub = 0x10, op_mul = 0x20, op_div = 0x30,
                              op_or = 0x40, op_and = 0x50, op_lsh = 0x60, op_rsh = 0x70,
                              op_neg = 0x80, op_mod = 0x90, op_xor = 0xa0, op_mov = 0xb0,
                              op_arsh = 0xc0, op_end = 0xd0;
inline constexpr std::uint8_t op_ja = 0x00, op_call = 0x80, op_exit = 0x90, op_jcond = 0xe0;

// Atomic operations: what stands in imm besides op_add, op_or, op_and, op_xor.
inline constexpr std::int32_t atomic_fetch = 0x01, atomic_xchg = 0xe1, atomic_cmpxchg = 0xf1,
                              atomic_load_acquire = 0x100, atomic_store_release = 0x110;

// Whole codes that are asked for by name.
inline constexpr std::uint8_t code_lddw = 0x18, code_call = 0x85, code_exit = 0x95;

// What the source register of an lddw says (BPF_PSEUDO_*).
inline constexpr std::uint8_t pseudo_map_fd = 1, pseudo_map_value = 2, pseudo_btf_id = 3,
                              pseudo_function = 4, pseudo_map_index = 5, pseudo_map_index_value = 6;
// What the source register of a call says.
inline constexpr std::uint8_t pseudo_call = 1, pseudo_kfunc_call = 2;

[[nodiscard]] constexpr Class class_of(const Insn& insn) noexcept {
  return static_cast<Class>(insn.code & 0x07);
}
[[nodiscard]] constexpr std::uint8_t size_of(const Insn& insn) noexcept { return insn.code & 0x18; }
[[nodiscard]] constexpr std::uint8_t mode_of(const Insn& insn) noexcept { return insn.code & 0xe0; }
[[nodiscard]] constexpr std::uint8_t operation_of(const Insn& insn) noexcept {
  return insn.code & 0xf0;
}
[[nodiscard]] constexpr bool uses_source_register(const Insn& insn) noexcept {
  return (insn.code & source_register) != 0;
}

[[nodiscard]] constexpr bool is_lddw(const Insn& insn) noexcept { return insn.code == code_lddw; }
[[nodiscard]] constexpr bool is_call(const Insn& insn) noexcept { return insn.code == code_call; }
[[nodiscard]] constexpr bool is_exit(const Insn& insn) noexcept { return insn.code == code_exit; }
// A call of a function of the same program.
[[nodiscard]] constexpr bool is_pseudo_call(const Insn& insn) noexcept {
  return is_call(insn) && insn.src() == pseudo_call && insn.dst() == 0 && insn.off == 0;
}
[[nodiscard]] constexpr bool is_helper_call(const Insn& insn) noexcept {
  return is_call(insn) && insn.registers == 0;
}
// Reads or writes memory at register + off.
[[nodiscard]] constexpr bool is_load(const Insn& insn) noexcept {
  return class_of(insn) == Class::ldx;
}
[[nodiscard]] constexpr bool is_store(const Insn& insn) noexcept {
  return class_of(insn) == Class::st || class_of(insn) == Class::stx;
}
[[nodiscard]] constexpr bool is_arithmetic(const Insn& insn) noexcept {
  return class_of(insn) == Class::alu || class_of(insn) == Class::alu64;
}
[[nodiscard]] constexpr bool is_jump(const Insn& insn) noexcept {
  return class_of(insn) == Class::jmp || class_of(insn) == Class::jmp32;
}

// Bytes that a load or store moves: 1, 2, 4 or 8.
[[nodiscard]] constexpr std::uint32_t memory_bytes(const Insn& insn) noexcept {
  switch (size_of(insn)) {
    case size_b:
      return 1;
    case size_h:
      return 2;
    case size_w:
      return 4;
    default:
      return 8;
  }
}

// How many slots the instruction takes: 2 for lddw.
[[nodiscard]] constexpr std::uint32_t slots_of(const Insn& insn) noexcept {
  return is_lddw(insn) ? 2 : 1;
}

// The 64-bit immediate of an lddw and its second slot.
[[nodiscard]] constexpr std::uint64_t wide_immediate(const Insn& first,
                                                     const Insn& second) noexcept {
  return static_cast<std::uint32_t>(first.imm) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(second.imm)) << 32;
}

}  // namespace skep::isa
