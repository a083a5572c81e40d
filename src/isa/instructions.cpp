#include "skep/instructions.hpp"

#include <iterator>

#include "isa/opcode.hpp"

namespace skep::assembly {
namespace {

using isa::Class;
using Kind = Operation::Kind;

std::uint8_t code_of(Class group, unsigned bits) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(group) | bits);
}

Operation plain(std::uint8_t code, std::uint8_t dst, std::uint8_t src, Place where) {
  Operation out{.insn = {.code = code}, .where = where};
  out.insn.set_dst(dst);
  out.insn.set_src(src);
  return out;
}

Operation named(Kind kind, Operation out, std::string name) {
  out.kind = kind;
  out.name = std::move(name);
  return out;
}

std::uint8_t size_of(Width width) {
  switch (width) {
    case Width::u8:
    case Width::s8:
      return isa::size_b;
    case Width::u16:
    case Width::s16:
      return isa::size_h;
    case Width::u32:
    case Width::s32:
      return isa::size_w;
    case Width::u64:
      break;
  }
  return isa::size_dw;
}

bool is_signed(Width width) {
  return width == Width::s8 || width == Width::s16 || width == Width::s32;
}

// One of two operands, by a register or by a number.
template <AnyRegister R>
Operation binary(Class group, std::uint8_t operation, R to, Operand<R> by, Place where) {
  const unsigned source = by.is_register ? isa::source_register : 0U;
  Operation out = plain(code_of(group, operation | source), to.number, by.number, where);
  out.immediate = by.value;
  return out;
}

Operation with_offset(Operation out, std::int64_t offset) {
  out.offset = offset;
  return out;
}
Operation with_immediate(Operation out, std::int64_t immediate) {
  out.immediate = immediate;
  return out;
}

template <AnyRegister R>
Operation alu(Class group, Alu operation, R to, Operand<R> by, bool is_signed, Place where) {
  return with_offset(binary(group, static_cast<std::uint8_t>(operation), to, by, where),
                     is_signed ? 1 : 0);
}

Operation memory(Class group, std::uint8_t mode, Width width, std::uint8_t dst, std::uint8_t src,
                 std::int64_t offset, Place where) {
  const unsigned bits = size_of(width) | mode;
  return with_offset(plain(code_of(group, bits), dst, src, where), offset);
}

// What an atomic operation cannot have as its width leaves a code that encode() refuses.
Operation atomic(Width width, Memory at, Register by, std::int32_t operation, Place where) {
  return with_immediate(
      memory(Class::stx, isa::mode_atomic, width, at.base, by.number, at.offset, where), operation);
}

template <AnyRegister R>
Operation sign_extended(Class group, R to, Width width, R from, Place where) {
  const auto bits = width == Width::s8    ? 8
                    : width == Width::s16 ? 16
                    : width == Width::s32 ? 32
                                          : 64;  // refused by encode()
  return with_offset(binary(group, isa::op_mov, to, Operand<R>(from), where), bits);
}

Operation swap(Class group, unsigned source, Register r, int bits, Place where) {
  return with_immediate(plain(code_of(group, isa::op_end | source), r.number, 0, where), bits);
}

Operation wide(Register to, Place where) { return plain(isa::code_lddw, to.number, 0, where); }

}  // namespace

void append(Code& code, Code more) {
  code.insert(code.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

Operation arithmetic(Alu operation, Register to, Operand<Register> by, bool is_signed,
                     Place where) {
  return alu(Class::alu64, operation, to, by, is_signed, where);
}
Operation arithmetic(Alu operation, HalfRegister to, Operand<HalfRegister> by, bool is_signed,
                     Place where) {
  return alu(Class::alu, operation, to, by, is_signed, where);
}

Operation neg(Register r, Place where) {
  return plain(code_of(Class::alu64, isa::op_neg), r.number, 0, where);
}
Operation neg(HalfRegister r, Place where) {
  return plain(code_of(Class::alu, isa::op_neg), r.number, 0, where);
}
Operation movsx(Register to, Width width, Register from, Place where) {
  return sign_extended(Class::alu64, to, width, from, where);
}
Operation movsx(HalfRegister to, Width width, HalfRegister from, Place where) {
  return sign_extended(Class::alu, to, width, from, where);
}
Operation to_be(Register r, int bits, Place where) {
  return swap(Class::alu, isa::source_register, r, bits, where);
}
Operation to_le(Register r, int bits, Place where) { return swap(Class::alu, 0, r, bits, where); }
Operation bswap(Register r, int bits, Place where) { return swap(Class::alu64, 0, r, bits, where); }
Operation load_immediate(Register to, std::uint64_t value, Place where) {
  return with_immediate(named(Kind::wide, wide(to, where), {}), static_cast<std::int64_t>(value));
}

Operation load(Register to, Width width, Memory from, Place where) {
  const auto mode = is_signed(width) ? isa::mode_memsx : isa::mode_mem;
  return memory(Class::ldx, mode, width, to.number, from.base, from.offset, where);
}
Operation store(Width width, Memory to, Register from, Place where) {
  return memory(Class::stx, isa::mode_mem, width, to.base, from.number, to.offset, where);
}
Operation store_immediate(Width width, Memory to, std::int64_t value, Place where) {
  return with_immediate(memory(Class::st, isa::mode_mem, width, to.base, 0, to.offset, where),
                        value);
}
Operation load_abs(Width width, std::int64_t offset, Place where) {
  return with_immediate(memory(Class::ld, isa::mode_abs, width, 0, 0, 0, where), offset);
}
Operation load_ind(Width width, Register index, std::int64_t offset, Place where) {
  return with_immediate(memory(Class::ld, isa::mode_ind, width, 0, index.number, 0, where), offset);
}

Operation atomic_add(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_add, where);
}
Operation atomic_or(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_or, where);
}
Operation atomic_and(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_and, where);
}
Operation atomic_xor(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_xor, where);
}
Operation fetch_add(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_add | isa::atomic_fetch, where);
}
Operation fetch_or(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_or | isa::atomic_fetch, where);
}
Operation fetch_and(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_and | isa::atomic_fetch, where);
}
Operation fetch_xor(Width width, Memory at, Register by, Place where) {
  return atomic(width, at, by, isa::op_xor | isa::atomic_fetch, where);
}
Operation xchg(Width width, Memory at, Register with, Place where) {
  return atomic(width, at, with, isa::atomic_xchg, where);
}
Operation cmpxchg(Width width, Memory at, Register desired, Place where) {
  return atomic(width, at, desired, isa::atomic_cmpxchg, where);
}
Operation load_acquire(Register to, Width width, Memory from, Place where) {
  return atomic(width, {to.number, from.offset}, Register{from.base}, isa::atomic_load_acquire,
                where);
}
Operation store_release(Width width, Memory to, Register from, Place where) {
  return atomic(width, to, from, isa::atomic_store_release, where);
}

Operation label(std::string name, Place where) {
  return named(Kind::label, plain(0, 0, 0, where), std::move(name));
}
Operation jump_if(Condition condition, Register a, Operand<Register> b, std::string target,
                  Place where) {
  return named(Kind::jump, binary(Class::jmp, static_cast<std::uint8_t>(condition), a, b, where),
               std::move(target));
}
Operation jump_if(Condition condition, HalfRegister a, Operand<HalfRegister> b, std::string target,
                  Place where) {
  return named(Kind::jump, binary(Class::jmp32, static_cast<std::uint8_t>(condition), a, b, where),
               std::move(target));
}
Operation ja(std::string target, Place where) {
  return named(Kind::jump, plain(code_of(Class::jmp, isa::op_ja), 0, 0, where), std::move(target));
}
Operation ja_far(std::string target, Place where) {
  return named(Kind::jump, plain(code_of(Class::jmp32, isa::op_ja), 0, 0, where),
               std::move(target));
}
Operation exit(Place where) { return plain(isa::code_exit, 0, 0, where); }

Operation call(std::string helper, Place where) {
  return named(Kind::helper, plain(isa::code_call, 0, 0, where), std::move(helper));
}
Operation call(std::int32_t helper, Place where) {
  return with_immediate(plain(isa::code_call, 0, 0, where), helper);
}
Operation call_function(std::string name, Place where) {
  return named(Kind::call, plain(isa::code_call, 0, isa::pseudo_call, where), std::move(name));
}
Operation load_function(Register to, std::string name, Place where) {
  auto out = named(Kind::function, wide(to, where), std::move(name));
  out.insn.set_src(isa::pseudo_function);
  return out;
}
Operation load_map(Register to, std::string name, Place where) {
  auto out = named(Kind::map, wide(to, where), std::move(name));
  out.insn.set_src(isa::pseudo_map_fd);
  return out;
}
Operation load_map_value(Register to, std::string name, std::uint32_t offset, Place where) {
  auto out = with_immediate(named(Kind::map_value, wide(to, where), std::move(name)), offset);
  out.insn.set_src(isa::pseudo_map_value);
  return out;
}
Operation raw(Insn insn, Place where) {
  Operation out{.insn = insn, .where = where};
  out.offset = insn.off;
  out.immediate = insn.imm;
  return out;
}

}  // namespace skep::assembly
