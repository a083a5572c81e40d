#include "isa/print.hpp"

#include <fmt/format.h>

#include <string_view>

#include "isa/helpers.hpp"
#include "isa/opcode.hpp"

namespace skep::isa {
namespace {

constexpr std::string_view alu_signs[16] = {
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>=", "", "", ""};
constexpr std::string_view jump_signs[16] = {
    "", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<=", "", ""};

std::string_view alu_sign(std::int32_t operation) { return alu_signs[operation >> 4 & 0xf]; }

// What cannot be decoded is shown, never dropped.
std::string unknown(const Insn& insn) {
  return fmt::format("unknown {:02x} {:02x} {:+d} {:#x}", insn.code, insn.registers, insn.off,
                     static_cast<std::uint32_t>(insn.imm));
}

std::string_view width(const Insn& insn, bool is_signed = false) {
  switch (size_of(insn)) {
    case size_b:
      return is_signed ? "s8" : "u8";
    case size_h:
      return is_signed ? "s16" : "u16";
    case size_w:
      return is_signed ? "s32" : "u32";
    default:
      return is_signed ? "s64" : "u64";
  }
}

// "*(u64 *)(r6 +104)"
std::string memory(const Insn& insn, std::uint8_t base, bool is_signed = false) {
  return fmt::format("*({} *)(r{} {:+d})", width(insn, is_signed), base, insn.off);
}

std::string print_byte_swap(const Insn& insn) {
  const char* name = class_of(insn) == Class::alu64 ? "bswap"
                     : uses_source_register(insn)   ? "be"
                                                    : "le";
  return fmt::format("r{} = {}{} r{}", insn.dst(), name, insn.imm, insn.dst());
}

// Division and modulo are signed with off 1; a move sign-extends from off bits (RFC 9669, 4.1).
std::string print_arithmetic(const Insn& insn) {
  const auto operation = operation_of(insn);
  const char reg = class_of(insn) == Class::alu ? 'w' : 'r';
  if (operation == op_end) return print_byte_swap(insn);
  if (operation == op_neg) return fmt::format("{0}{1} = -{0}{1}", reg, insn.dst());
  if (alu_sign(operation).empty()) return unknown(insn);
  const bool is_signed = (operation == op_div || operation == op_mod) && insn.off == 1;
  const auto sign = fmt::format("{}{}", is_signed ? "s" : "", alu_sign(operation));
  if (!uses_source_register(insn)) {
    return fmt::format("{}{} {} {}", reg, insn.dst(), sign, insn.imm);
  }
  if (operation == op_mov && reg == 'r' && insn.off == 1) {
    const auto spaces = static_cast<std::uint32_t>(insn.imm);
    return fmt::format("r{} = addr_space_cast(r{}, {}, {})", insn.dst(), insn.src(), spaces >> 16,
                       spaces & 0xffff);
  }
  const bool extends = operation == op_mov && (insn.off == 8 || insn.off == 16 || insn.off == 32);
  return fmt::format("{}{} {} {}{}{}", reg, insn.dst(), sign,
                     extends ? fmt::format("(s{})", insn.off) : "", reg, insn.src());
}

std::string print_atomic(const Insn& insn) {
  const auto operation = insn.imm & ~atomic_fetch;
  const char* bits = size_of(insn) == size_dw ? "64" : "";
  const auto place = fmt::format("({} *)(r{} {:+d})", width(insn), insn.dst(), insn.off);
  switch (insn.imm) {
    case atomic_xchg:
      return fmt::format("r{0} = atomic{1}_xchg({2}, r{0})", insn.src(), bits, place);
    case atomic_cmpxchg:
      return fmt::format("r0 = atomic{}_cmpxchg({}, r0, r{})", bits, place, insn.src());
    case atomic_load_acquire:
      return fmt::format("r{} = load_acquire(({} *)(r{} {:+d}))", insn.dst(), width(insn),
                         insn.src(), insn.off);
    case atomic_store_release:
      return fmt::format("store_release({}, r{})", place, insn.src());
    default:
      break;
  }
  const char* name = operation == op_add   ? "add"
                     : operation == op_and ? "and"
                     : operation == op_or  ? "or"
                     : operation == op_xor ? "xor"
                                           : nullptr;
  if (name == nullptr) return unknown(insn);
  if ((insn.imm & atomic_fetch) == 0) {
    return fmt::format("lock *{} {} r{}", place, alu_sign(operation), insn.src());
  }
  return fmt::format("r{0} = atomic{1}_fetch_{2}({3}, r{0})", insn.src(), bits, name, place);
}

std::string print_load_immediate(std::span<const Insn> rest) {
  const Insn& insn = rest[0];
  if (!is_lddw(insn)) {
    if (mode_of(insn) == mode_abs) {
      return fmt::format("r0 = *({} *)skb[{}]", width(insn), insn.imm);
    }
    if (mode_of(insn) == mode_ind) {
      return fmt::format("r0 = *({} *)skb[r{} + {}]", width(insn), insn.src(), insn.imm);
    }
    return unknown(insn);
  }
  const Insn second = rest.size() > 1 ? rest[1] : Insn{};
  return fmt::format("r{} = {:#x}", insn.dst(), wide_immediate(insn, second));
}

std::string print_call(const Insn& insn) {
  if (insn.src() == pseudo_call) return fmt::format("call pc{:+d}", insn.imm);
  if (insn.src() == pseudo_kfunc_call) return fmt::format("call kernel-function#{}", insn.imm);
  const auto name = insn.src() == 0 ? helper_name(insn.imm) : std::string_view();
  return fmt::format("call {}#{}", name.empty() ? "unknown" : name, insn.imm);
}

std::string print_jump(const Insn& insn) {
  const bool wide = class_of(insn) == Class::jmp;
  const auto operation = operation_of(insn);
  if (operation == op_call) return print_call(insn);
  if (wide && operation == op_exit) return "exit";
  if (operation == op_ja) {
    return wide ? fmt::format("goto pc{:+d}", insn.off) : fmt::format("gotol pc{:+d}", insn.imm);
  }
  if (wide && operation == op_jcond && insn.src() == 0) {
    return fmt::format("may_goto pc{:+d}", insn.off);
  }
  const auto sign = jump_signs[operation >> 4];
  if (sign.empty()) return unknown(insn);
  const char reg = wide ? 'r' : 'w';
  const auto operand = uses_source_register(insn)
                           ? fmt::format("{}{}", reg, insn.src())
                           : fmt::format("{:#x}", static_cast<std::uint32_t>(insn.imm));
  return fmt::format("if {}{} {} {} goto pc{:+d}", reg, insn.dst(), sign, operand, insn.off);
}

}  // namespace

std::string print(std::span<const Insn> rest) {
  if (rest.empty()) return {};
  const Insn& insn = rest[0];
  switch (class_of(insn)) {
    case Class::alu:
    case Class::alu64:
      return print_arithmetic(insn);
    case Class::jmp:
    case Class::jmp32:
      return print_jump(insn);
    case Class::ld:
      return print_load_immediate(rest);
    case Class::ldx:
      if (mode_of(insn) != mode_mem && mode_of(insn) != mode_memsx) return unknown(insn);
      return fmt::format("r{} = {}", insn.dst(),
                         memory(insn, insn.src(), mode_of(insn) == mode_memsx));
    case Class::st:
      if (mode_of(insn) != mode_mem) return unknown(insn);
      return fmt::format("{} = {}", memory(insn, insn.dst()), insn.imm);
    case Class::stx:
      if (mode_of(insn) == mode_atomic) return print_atomic(insn);
      if (mode_of(insn) != mode_mem) return unknown(insn);
      return fmt::format("{} = r{}", memory(insn, insn.dst()), insn.src());
  }
  return unknown(insn);
}

std::string print(const Insn& insn) { return print(std::span(&insn, 1)); }

}  // namespace skep::isa
