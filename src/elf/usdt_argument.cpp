// The texts of a USDT probe's arguments: SIZE@OPERAND, the operand as the machine's assembler has
// it.
#include <elf.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.hpp"
#include "elf/usdt.hpp"

namespace skep::elf {
namespace {

using Kind = UsdtArgument::Kind;

constexpr std::size_t most_arguments = 12;  // STAP_PROBE12

// Offsets within struct pt_regs (arch/x86/include/asm/ptrace.h) of the registers that have four
// names; r8 to r15 have another scheme.
struct X86Register {
  std::array<std::string_view, 4> names;
  std::uint16_t offset;
};
constexpr X86Register x86_registers[] = {
    {{"rbp", "ebp", "bp", "bpl"}, 32},  {{"rbx", "ebx", "bx", "bl"}, 40},
    {{"rax", "eax", "ax", "al"}, 80},   {{"rcx", "ecx", "cx", "cl"}, 88},
    {{"rdx", "edx", "dx", "dl"}, 96},   {{"rsi", "esi", "si", "sil"}, 104},
    {{"rdi", "edi", "di", "dil"}, 112}, {{"rip", "eip", "ip", "ip"}, 128},
    {{"rsp", "esp", "sp", "spl"}, 152}};
constexpr std::uint16_t x86_rip = 128;
constexpr std::array<std::uint16_t, 8> x86_r8_to_r15 = {72, 64, 56, 48, 24, 16, 8, 0};
constexpr std::uint16_t arm64_sp = 248;  // after x0 to x30 (arch/arm64, struct user_pt_regs)

std::optional<unsigned> whole_number(std::string_view text) noexcept {
  unsigned value = 0;
  const auto parsed = std::from_chars(text.begin(), text.end(), value);
  const bool is_plain = !text.empty() && (text[0] != '0' || text.size() == 1);
  if (!is_plain || parsed.ec != std::errc() || parsed.ptr != text.end()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> x86_register(std::string_view name) noexcept {
  for (const auto& one : x86_registers) {
    if (std::ranges::find(one.names, name) != one.names.end()) return one.offset;
  }
  if (!name.starts_with('r')) return std::nullopt;
  auto digits = name.substr(1);
  if (digits.ends_with('d') || digits.ends_with('w') || digits.ends_with('b')) {
    digits.remove_suffix(1);
  }
  const auto number = whole_number(digits);
  if (!number || *number < 8 || *number > 15) return std::nullopt;
  return x86_r8_to_r15[*number - 8];
}

std::optional<std::uint16_t> arm64_register(std::string_view name) noexcept {
  if (name == "sp" || name == "wsp") return arm64_sp;
  if (name == "fp") return 29 * 8;
  if (name == "lr") return 30 * 8;
  if (!name.starts_with('x') && !name.starts_with('w')) return std::nullopt;
  const auto number = whole_number(name.substr(1));
  if (!number || *number > 30) return std::nullopt;
  return static_cast<std::uint16_t>(*number * 8);
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// Reads one operand, from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() noexcept {
    skip();
    return rest_.empty();
  }
  [[nodiscard]] bool sees(char c) noexcept {
    skip();
    return rest_.starts_with(c);
  }
  bool take(char c) noexcept {
    if (!sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view word() noexcept {
    skip();
    std::size_t size = 0;
    while (size < rest_.size() && is_word(rest_[size])) ++size;
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  // Digits, in base ten or with 0x; nothing taken when there are none or too many.
  std::optional<std::uint64_t> digits() noexcept {
    skip();
    auto text = rest_;
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.begin(), text.end(), value, is_hex ? 16 : 10);
    if (parsed.ec != std::errc()) return std::nullopt;
    rest_ = rest_.substr(static_cast<std::size_t>(parsed.ptr - rest_.begin()));
    return value;
  }

 private:
  void skip() noexcept {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

// What is wrong with an operand, to stand behind "argument 2, '8@%xmm0', ".
std::unexpected<Error> malformed() {
  return fail(ErrorKind::bad_input, "is nothing that the assembler writes");
}

std::unexpected<Error> no_register(std::string_view name) {
  const bool is_half = name.size() == 2 && name[1] == 'h';
  if (is_half) {
    return fail(ErrorKind::unsupported, "is in the upper half of a 16-bit register ({})", name);
  }
  return fail(ErrorKind::unsupported,
              "is in register '{}', which the kernel does not save for programs", name);
}

// A sum of numbers and at most one symbol.
struct Sum {
  std::uint64_t numbers = 0;  // modulo 2^64, as the machine adds
  std::optional<std::uint64_t> symbol;
};

Result<Sum> parse_sum(Cursor& at, const UsdtContext& context) {
  Sum sum;
  bool is_first = true;
  while (!at.at_end() && !at.sees('(')) {
    const bool is_negative = at.take('-');
    const bool has_sign = is_negative || at.take('+');
    if (!is_first && !has_sign) return malformed();
    is_first = false;
    if (const auto number = at.digits()) {
      sum.numbers += is_negative ? 0 - *number : *number;
      continue;
    }
    const auto name = at.word();
    if (name.empty() || is_negative || sum.symbol) return malformed();
    sum.symbol = context.find_symbol ? context.find_symbol(name) : std::nullopt;
    if (!sum.symbol) {
      return fail(ErrorKind::unsupported, "is at symbol '{}', which the binary does not name",
                  name);
    }
  }
  return sum;
}

std::int64_t to_signed(std::uint64_t value) noexcept { return static_cast<std::int64_t>(value); }

Result<std::uint16_t> parse_x86_register(Cursor& at) {
  if (!at.take('%')) return malformed();
  const auto name = at.word();
  if (at.sees(':')) {
    return fail(ErrorKind::unsupported, "is in the segment of '{}' (thread-local)", name);
  }
  if (const auto offset = x86_register(name)) return *offset;
  return no_register(name);
}

struct X86Address {
  std::optional<std::uint16_t> base, index;
  std::uint8_t shift = 0;
};

// (base,index,scale), each of which may be missing.
Result<X86Address> parse_x86_address(Cursor& at) {
  X86Address out;
  if (!at.take('(')) return out;
  if (at.sees('%')) {
    SKEP_TRY(out.base, parse_x86_register(at));
  }
  if (at.take(',')) {
    SKEP_TRY(out.index, parse_x86_register(at));
    if (at.take(',')) {
      const auto scale = at.digits();
      if (scale != 1 && scale != 2 && scale != 4 && scale != 8) return malformed();
      out.shift = static_cast<std::uint8_t>(std::countr_zero(*scale));
    }
  }
  if (!at.take(')')) return malformed();
  return out;
}

// Addresses of the file are those of the process only in a binary that is not moved; all others are
// reached from where the probe itself is.
Result<void> place_x86(UsdtArgument& out, X86Address address, const Sum& sum,
                       const UsdtContext& context) {
  const std::uint64_t target = sum.numbers + sum.symbol.value_or(0);
  if (!address.base && address.index && address.shift == 0) {
    std::swap(address.base, address.index);
  }
  const bool from_probe = !address.base || *address.base == x86_rip;
  const bool from_symbol = sum.symbol.has_value();
  if (address.base == x86_rip && !from_symbol && !address.index) {
    out.value = to_signed(sum.numbers);
  } else if (from_probe) {
    // Without a symbol, or with an index, it must be an address of the process already.
    const bool is_known = context.is_fixed || (from_symbol && !address.index);
    if (!is_known) {
      return fail(ErrorKind::unsupported,
                  "is at an address that depends on where the binary is loaded");
    }
    out.value = to_signed(target - context.address);
  } else if (from_symbol && !context.is_fixed) {
    return fail(ErrorKind::unsupported, "is at an address that the linker has to change");
  } else {
    out.value = to_signed(target);
  }
  out.kind = Kind::in_memory;
  out.base = address.base.value_or(x86_rip);
  out.index = address.index;
  out.shift = address.shift;
  return {};
}

Result<void> parse_x86(Cursor& at, const UsdtContext& context, UsdtArgument& out) {
  if (at.take('$')) {
    if (at.at_end()) return malformed();
    SKEP_TRY(const auto sum, parse_sum(at, context));
    if (sum.symbol && !context.is_fixed) {
      return fail(ErrorKind::unsupported, "is an address that the linker has to change");
    }
    out.value = to_signed(sum.numbers + sum.symbol.value_or(0));
    return {};
  }
  if (at.sees('%')) {
    SKEP_TRY(out.base, parse_x86_register(at));
    out.kind = Kind::in_register;
    return {};
  }
  if (at.at_end()) return malformed();
  SKEP_TRY(const auto sum, parse_sum(at, context));
  SKEP_TRY(const auto address, parse_x86_address(at));
  return place_x86(out, address, sum, context);
}

Result<std::uint16_t> parse_arm64_register(Cursor& at) {
  const auto name = at.word();
  if (name.empty()) return malformed();
  if (const auto offset = arm64_register(name)) return *offset;
  return no_register(name);
}

std::optional<std::int64_t> parse_signed(Cursor& at) noexcept {
  at.take('#');
  const bool is_negative = at.take('-');
  const auto number = at.digits();
  if (!number) return std::nullopt;
  return to_signed(is_negative ? 0 - *number : *number);
}

// [base], [base, number], [base, index], [base, index, lsl number]
Result<void> parse_arm64_memory(Cursor& at, UsdtArgument& out) {
  out.kind = Kind::in_memory;
  SKEP_TRY(out.base, parse_arm64_register(at));
  if (at.take(',')) {
    if (const auto number = parse_signed(at)) {
      out.value = *number;
    } else {
      if (at.sees('w')) {
        return fail(ErrorKind::unsupported, "has an index of 32 bits, which is extended");
      }
      SKEP_TRY(out.index, parse_arm64_register(at));
      if (at.take(',')) {
        if (at.word() != "lsl") {
          return fail(ErrorKind::unsupported, "has an index that is changed other than by lsl");
        }
        const auto shift = parse_signed(at);
        if (!shift || *shift < 0 || *shift > 3) return malformed();
        out.shift = static_cast<std::uint8_t>(*shift);
      }
    }
  }
  if (!at.take(']')) return malformed();
  return {};
}

Result<void> parse_arm64(Cursor& at, UsdtArgument& out) {
  if (at.take('[')) return parse_arm64_memory(at, out);
  if (const auto number = parse_signed(at)) {
    out.value = *number;
    return {};
  }
  Cursor copy = at;
  if (const auto name = copy.word(); name == "xzr" || name == "wzr") {
    at = copy;  // the register that is always zero
    return {};
  }
  out.kind = Kind::in_register;
  SKEP_TRY(out.base, parse_arm64_register(at));
  return {};
}

Result<UsdtArgument> parse_one(std::string_view text, const UsdtContext& context) {
  UsdtArgument out;
  Cursor at(text);
  out.is_signed = at.take('-');
  const auto size = at.digits();
  if (size) {
    if (at.take('f')) {
      return fail(ErrorKind::unsupported,
                  "is a number in floating point, which programs cannot read");
    }
    if (*size != 1 && *size != 2 && *size != 4 && *size != 8) {
      return fail(ErrorKind::unsupported, "has {} bytes; it can be 1, 2, 4 or 8", *size);
    }
    out.size = static_cast<std::uint8_t>(*size);
  }
  if (!at.take('@')) return malformed();
  if (context.machine == EM_X86_64) {
    SKEP_CHECK(parse_x86(at, context, out));
  } else {
    SKEP_CHECK(parse_arm64(at, out));
  }
  if (!at.at_end()) return malformed();
  return out;
}

// Up to the space that ends it; those within brackets do not.
std::string_view take_text(std::string_view& rest) noexcept {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::size_t size = 0, depth = 0;
  for (; size < rest.size(); ++size) {
    const char c = rest[size];
    if (c == ' ' && depth == 0) break;
    if (c == '[' || c == '(') ++depth;
    if ((c == ']' || c == ')') && depth > 0) --depth;
  }
  const auto out = rest.substr(0, size);
  rest.remove_prefix(size);
  return out;
}

}  // namespace

Result<std::vector<UsdtArgument>> parse_usdt_arguments(std::string_view text,
                                                       const UsdtContext& context) {
  if (context.machine != EM_X86_64 && context.machine != EM_AARCH64) {
    return fail(ErrorKind::unsupported, "arguments of machine {} cannot be read", context.machine);
  }
  std::vector<UsdtArgument> out;
  for (auto rest = text;;) {
    const auto one = take_text(rest);
    if (one.empty()) return out;
    if (out.size() == most_arguments) {
      return fail(ErrorKind::bad_input, "'{}' are more than {} arguments", text, most_arguments);
    }
    auto argument = parse_one(one, context);
    if (!argument) {
      const Error& error = argument.error();
      return fail(error.kind(), "argument {}, '{}', {}", out.size() + 1, one, error.message());
    }
    out.push_back(*argument);
  }
}

}  // namespace skep::elf
