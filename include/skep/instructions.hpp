// skep/instructions.hpp: instructions, written in C++ (RFC 9669; the names are its mnemonics).
//
//   using namespace skep::assembly;
//   const Code code = {
//       load_map(r1, "hits"),       // r1 = map hits
//       mov(r2, r10),               // r2 = r10
//       add(r2, -4),                // r2 += -4
//       store(u32, r2[0], 0),       // *(u32 *)(r2 +0) = 0
//       call("bpf_map_lookup_elem"),
//       jeq(r0, 0, "out"),          // if r0 == 0 goto out
//       mov(r1, 1),
//       atomic_add(u64, r0[0], r1), // lock *(u64 *)(r0 +0) += r1
//       label("out"),
//       mov(w0, 0),                 // w0 = 0
//       exit(),
//   };
//
// An instruction is data: a Code may be made piece by piece, in loops, from a table. Nothing is
// checked here; assemble() (skep/assembler.hpp) does, and names the line of C++ that it is about.
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "skep/insn.hpp"

#pragma GCC visibility push(default)
namespace skep {

class Map;

namespace assembly {

struct Register;

// Memory at a register plus so many bytes, which must fit 16 bits: r10[-8].
struct Memory {
  std::uint8_t base = 0;
  std::int64_t offset = 0;
};

// All 64 bits of a register. r0: what a function returns; r1 to r5: arguments, gone after a call;
// r6 to r9: kept; r10: the end of 512 bytes of stack, not to be written.
struct Register {
  std::uint8_t number = 0;
  constexpr Memory operator[](std::int64_t offset) const noexcept { return {number, offset}; }
};
inline constexpr Register r0{0}, r1{1}, r2{2}, r3{3}, r4{4}, r5{5}, r6{6}, r7{7}, r8{8}, r9{9},
    r10{10};

// Its lower 32 bits; writing them makes the upper ones 0. Arithmetic and comparisons with them are
// those of 32 bits.
struct HalfRegister {
  std::uint8_t number = 0;
};
inline constexpr HalfRegister w0{0}, w1{1}, w2{2}, w3{3}, w4{4}, w5{5}, w6{6}, w7{7}, w8{8}, w9{9};

// A register, or its lower half.
template <typename R>
concept AnyRegister = std::same_as<R, Register> || std::same_as<R, HalfRegister>;

// What moves between a register and memory. The signed ones are for loads (kernel 6.6), and extend
// the sign; the others leave zeroes above.
enum class Width : std::uint8_t { u8, u16, u32, u64, s8, s16, s32 };
using enum Width;

// Where in the C++ source an instruction stands: what assemble() and the verifier's log name.
struct Place {
  const char* file = "";
  std::uint32_t line = 0;
  constexpr Place() noexcept = default;
  constexpr Place(const char* in, std::uint32_t at) noexcept : file(in), line(at) {}
  constexpr Place(const std::source_location& at) noexcept
      : file(at.file_name()), line(at.line()) {}
};

// One instruction, or a label. Made by the functions below.
struct Operation {
  enum class Kind : std::uint8_t {
    plain,           // as it is
    wide,            // an lddw of `immediate`
    label,           // `name` stands for the next instruction
    jump,            // to the label `name`
    helper,          // a call of the kernel's helper `name`
    call,            // a call of the function `name` of the same source
    function,        // an lddw of its address
    map,             // an lddw of the map `name`
    map_value,       // an lddw of the address `immediate` bytes into its only value
    map_descriptor,  // an lddw of a map by the descriptor in insn.imm
  };
  Kind kind = Kind::plain;
  Insn insn;                   // without offset and immediate, which must fit first
  std::int64_t offset = 0;     // must fit 16 bits
  std::int64_t immediate = 0;  // must fit 32 bits: signed ones, where 64 are computed with
  std::string name;
  Place where;
};

using Code = std::vector<Operation>;

// Moves all of `more` to the end of `code`.
void append(Code& code, Code more);

// The second operand: a register of the same half, or a number. One of 64-bit arithmetic must fit
// 32 bits, signed, and is extended; load_immediate takes any.
template <AnyRegister R>
struct Operand {
  bool is_register = false;
  std::uint8_t number = 0;
  std::int64_t value = 0;
  constexpr Operand(R reg) noexcept : is_register(true), number(reg.number) {}
  template <std::integral T>
  constexpr Operand(T v) noexcept : value(static_cast<std::int64_t>(v)) {}
};

// --- Arithmetic: to = to OP by ---------------------------------------------------------------

enum class Alu : std::uint8_t {
  add = 0x00,
  sub = 0x10,
  mul = 0x20,
  div = 0x30,
  or_ = 0x40,
  and_ = 0x50,
  lsh = 0x60,
  rsh = 0x70,
  mod = 0x90,
  xor_ = 0xa0,
  mov = 0xb0,
  arsh = 0xc0,
};

// The operation as a value, for code that chooses it. `is_signed`: of div and mod (kernel 6.6).
Operation arithmetic(Alu operation, Register to, Operand<Register> by, bool is_signed, Place where);
Operation arithmetic(Alu operation, HalfRegister to, Operand<HalfRegister> by, bool is_signed,
                     Place where);

#define SKEP_DETAIL_ALU(name, operation, is_signed)               \
  template <AnyRegister R>                                        \
  Operation name(R to, std::type_identity_t<Operand<R>> by,       \
                 Place where = std::source_location::current()) { \
    return arithmetic(Alu::operation, to, by, is_signed, where);  \
  }
SKEP_DETAIL_ALU(mov, mov, false)    // to = by
SKEP_DETAIL_ALU(add, add, false)    // to += by
SKEP_DETAIL_ALU(sub, sub, false)    // to -= by
SKEP_DETAIL_ALU(mul, mul, false)    // to *= by
SKEP_DETAIL_ALU(div, div, false)    // unsigned; by 0: 0
SKEP_DETAIL_ALU(mod, mod, false)    // unsigned; by 0: unchanged
SKEP_DETAIL_ALU(sdiv, div, true)    // kernel 6.6, as smod
SKEP_DETAIL_ALU(smod, mod, true)    // signed; kernel 6.6
SKEP_DETAIL_ALU(or_, or_, false)    // to |= by
SKEP_DETAIL_ALU(and_, and_, false)  // to &= by
SKEP_DETAIL_ALU(xor_, xor_, false)  // to ^= by
SKEP_DETAIL_ALU(lsh, lsh, false)    // by a register: modulo the width
SKEP_DETAIL_ALU(rsh, rsh, false)    // zeroes come in
SKEP_DETAIL_ALU(arsh, arsh, false)  // keeps the sign
#undef SKEP_DETAIL_ALU

// r = -r
Operation neg(Register r, Place where = std::source_location::current());
// The same of 32 bits.
Operation neg(HalfRegister r, Place where = std::source_location::current());
// Moves, with the sign of s8, s16 or (64 bits) s32. Kernel 6.6.
Operation movsx(Register to, Width from_width, Register from,
                Place where = std::source_location::current());
Operation movsx(HalfRegister to, Width from_width, HalfRegister from,
                Place where = std::source_location::current());
// The lower 16, 32 or 64 bits from the machine's byte order to big endian, or back.
Operation to_be(Register r, int bits, Place where = std::source_location::current());
// The same to little endian.
Operation to_le(Register r, int bits, Place where = std::source_location::current());
// The bytes the other way round, whatever the machine's order is. Kernel 6.6.
Operation bswap(Register r, int bits, Place where = std::source_location::current());
// Any 64 bits (two slots).
Operation load_immediate(Register to, std::uint64_t value,
                         Place where = std::source_location::current());

// --- Memory ----------------------------------------------------------------------------------

Operation load(Register to, Width width, Memory from,
               Place where = std::source_location::current());
// As many of its lower bytes as the width says.
Operation store(Width width, Memory to, Register from,
                Place where = std::source_location::current());
// A number, extended with its sign to 64 bits. A template, so that 0 is no null pointer to anybody.
Operation store_immediate(Width width, Memory to, std::int64_t value, Place where);
// A number, extended with its sign to 64 bits.
template <std::integral T>
Operation store(Width width, Memory to, T value, Place where = std::source_location::current()) {
  return store_immediate(width, to, static_cast<std::int64_t>(value), where);
}
// The packet of a socket filter or tc program (r6 must be its context): r0 = what stands `offset`
// bytes into it, plus those in `index`, in the machine's byte order; r1 to r5 are gone. Behind the
// packet's end the program ends with 0. The old way, which classic BPF has.
Operation load_abs(Width width, std::int64_t offset, Place where = std::source_location::current());
// The same, with what `index` holds added to the offset.
Operation load_ind(Width width, Register index, std::int64_t offset,
                   Place where = std::source_location::current());

// Atomic, on u32 or u64; the fetching ones put what stood there into the register (kernel 5.12).
Operation atomic_add(Width width, Memory at, Register by,
                     Place where = std::source_location::current());
// The same with OR.
Operation atomic_or(Width width, Memory at, Register by,
                    Place where = std::source_location::current());
// With AND.
Operation atomic_and(Width width, Memory at, Register by,
                     Place where = std::source_location::current());
// With XOR.
Operation atomic_xor(Width width, Memory at, Register by,
                     Place where = std::source_location::current());
// Adds; `by` becomes what stood there.
Operation fetch_add(Width width, Memory at, Register by,
                    Place where = std::source_location::current());
// The same with OR.
Operation fetch_or(Width width, Memory at, Register by,
                   Place where = std::source_location::current());
// With AND.
Operation fetch_and(Width width, Memory at, Register by,
                    Place where = std::source_location::current());
// With XOR.
Operation fetch_xor(Width width, Memory at, Register by,
                    Place where = std::source_location::current());
// Writes `with`, which becomes what stood there.
Operation xchg(Width width, Memory at, Register with,
               Place where = std::source_location::current());
// Writes `desired` if r0 stands there; r0 becomes what stood there.
Operation cmpxchg(Width width, Memory at, Register desired,
                  Place where = std::source_location::current());
// Of any unsigned width; kernel 6.15.
Operation load_acquire(Register to, Width width, Memory from,
                       Place where = std::source_location::current());
// What was written before is seen by who sees this. Kernel 6.15.
Operation store_release(Width width, Memory to, Register from,
                        Place where = std::source_location::current());

// --- Jumps: if a OP b goto target -------------------------------------------------------------

// The next instruction's name, once within a function.
Operation label(std::string name, Place where = std::source_location::current());

enum class Condition : std::uint8_t {
  eq = 0x10,
  gt = 0x20,
  ge = 0x30,
  set = 0x40,  // a & b
  ne = 0x50,
  sgt = 0x60,
  sge = 0x70,
  lt = 0xa0,
  le = 0xb0,
  slt = 0xc0,
  sle = 0xd0,
};

// The jump as a value's choice, for code that chooses the condition.
Operation jump_if(Condition condition, Register a, Operand<Register> b, std::string target,
                  Place where);
// Kernel 5.1.
Operation jump_if(Condition condition, HalfRegister a, Operand<HalfRegister> b, std::string target,
                  Place where);

#define SKEP_DETAIL_JUMP(condition)                                                   \
  template <AnyRegister R>                                                            \
  Operation j##condition(R a, std::type_identity_t<Operand<R>> b, std::string target, \
                         Place where = std::source_location::current()) {             \
    return jump_if(Condition::condition, a, b, std::move(target), where);             \
  }
SKEP_DETAIL_JUMP(eq)   // a == b
SKEP_DETAIL_JUMP(ne)   // a != b
SKEP_DETAIL_JUMP(gt)   // unsigned, as ge, lt and le
SKEP_DETAIL_JUMP(ge)   // a >= b, unsigned
SKEP_DETAIL_JUMP(lt)   // a < b, unsigned
SKEP_DETAIL_JUMP(le)   // a <= b, unsigned
SKEP_DETAIL_JUMP(sgt)  // a > b, signed
SKEP_DETAIL_JUMP(sge)  // a >= b, signed
SKEP_DETAIL_JUMP(slt)  // a < b, signed
SKEP_DETAIL_JUMP(sle)  // a <= b, signed
SKEP_DETAIL_JUMP(set)  // a & b
#undef SKEP_DETAIL_JUMP

// Always; within 16 bits.
Operation ja(std::string target, Place where = std::source_location::current());
// Always, within 32 bits. Kernel 6.6.
Operation ja_far(std::string target, Place where = std::source_location::current());
// Returns r0.
Operation exit(Place where = std::source_location::current());

// --- What is outside ----------------------------------------------------------------------------

// A helper of the kernel, by its name ("bpf_map_lookup_elem") or its number.
Operation call(std::string helper, Place where = std::source_location::current());
Operation call(std::int32_t helper, Place where = std::source_location::current());
// A function of the same Source.
Operation call_function(std::string name, Place where = std::source_location::current());
// The address of a function of the same Source, for helpers that call back.
Operation load_function(Register to, std::string name,
                        Place where = std::source_location::current());
// A map of the same Source; one that is there already, and must be until the program is loaded.
Operation load_map(Register to, std::string name, Place where = std::source_location::current());
Operation load_map(Register to, const Map& map, Place where = std::source_location::current());
// The address of the byte `offset` of the first value of an array.
Operation load_map_value(Register to, std::string name, std::uint32_t offset = 0,
                         Place where = std::source_location::current());
// An instruction that has no function here.
Operation raw(Insn insn, Place where = std::source_location::current());

}  // namespace assembly
}  // namespace skep
#pragma GCC visibility pop
