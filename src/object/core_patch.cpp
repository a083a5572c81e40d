// An answer, written into an instruction.
#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/error.hpp"
#include "isa/opcode.hpp"
#include "isa/print.hpp"
#include "object/core.hpp"
#include "object/core_path.hpp"
#include "object/link.hpp"

namespace skep::object {
namespace {

// A call of a helper that does not exist: an error only if the verifier ever gets there, so that a
// program may ask whether a field exists, and read it only then.
void poison(std::vector<Insn>& code, std::uint32_t index) {
  const auto count = isa::slots_of(code[index]);
  for (std::uint32_t i = 0; i < count; ++i) {
    code[index + i] = Insn{.code = isa::code_call, .imm = poison_call};
  }
}

Result<void> check_expected(std::uint64_t found, const CoreAnswer& answer) {
  if (!answer.local_value || found == *answer.local_value) return {};
  return fail(ErrorKind::bad_input, "the instruction holds {}, the compiler's types say {}", found,
              *answer.local_value);
}

Result<std::uint8_t> size_bits(std::uint32_t bytes) {
  switch (bytes) {
    case 1:
      return isa::size_b;
    case 2:
      return isa::size_h;
    case 4:
      return isa::size_w;
    case 8:
      return isa::size_dw;
    default:
      return fail(ErrorKind::bad_input, "no instruction moves {} bytes", bytes);
  }
}

Result<void> patch_immediate(Insn& insn, const CoreAnswer& answer) {
  SKEP_CHECK(check_expected(static_cast<std::uint64_t>(std::int64_t{insn.imm}), answer));
  insn.imm = static_cast<std::int32_t>(*answer.value);
  return {};
}

// The offset, and the width where the field has another one in the target.
Result<void> patch_memory(std::vector<Insn>& code, std::uint32_t index, const CoreAnswer& answer) {
  Insn& insn = code[index];
  SKEP_CHECK(check_expected(static_cast<std::uint64_t>(std::int64_t{insn.off}), answer));
  if (*answer.value > static_cast<std::uint64_t>(std::numeric_limits<std::int16_t>::max())) {
    return fail(ErrorKind::unsupported, "offset {} does not fit a load or store", *answer.value);
  }
  if (answer.fail_on_local_size_mismatch) {
    poison(code, index);
    return {};
  }
  if (answer.local_size != answer.target_size) {
    if (isa::memory_bytes(insn) != answer.local_size) {
      return fail(ErrorKind::bad_input, "the instruction moves {} bytes of a field of {}",
                  isa::memory_bytes(insn), answer.local_size);
    }
    SKEP_TRY(const auto bits, size_bits(answer.target_size));
    insn.code = static_cast<std::uint8_t>((insn.code & ~isa::size_dw) | bits);
  }
  insn.off = static_cast<std::int16_t>(*answer.value);
  return {};
}

Result<void> patch_wide(std::vector<Insn>& code, std::uint32_t index, const CoreAnswer& answer) {
  if (index + 1 >= code.size()) return fail(ErrorKind::bad_input, "the lddw is cut short");
  Insn& first = code[index];
  Insn& second = code[index + 1];
  const Insn plain{.imm = second.imm};
  if (first.src() != 0 || first.off != 0 || second != plain) {
    return fail(ErrorKind::bad_input, "the lddw has an unexpected form");
  }
  if (!answer.value) {
    poison(code, index);
    return {};
  }
  SKEP_CHECK(check_expected(isa::wide_immediate(first, second), answer));
  first.imm = static_cast<std::int32_t>(*answer.value);
  second.imm = static_cast<std::int32_t>(*answer.value >> 32);
  return {};
}

Result<void> patch(std::vector<Insn>& code, std::uint32_t index, const CoreAnswer& answer) {
  Insn& insn = code[index];
  if (isa::is_lddw(insn)) return patch_wide(code, index, answer);
  const bool has_immediate = isa::is_arithmetic(insn) && !isa::uses_source_register(insn);
  if (!has_immediate && !isa::is_load(insn) && !isa::is_store(insn)) {
    return fail(ErrorKind::bad_input, "an instruction of this kind cannot be relocated");
  }
  if (!answer.value) {
    poison(code, index);
    return {};
  }
  return has_immediate ? patch_immediate(insn, answer) : patch_memory(code, index, answer);
}

}  // namespace

Result<void> apply_core(std::vector<Insn>& code, std::uint32_t index,
                        const CoreRelocation& relocation, const CoreAnswer& answer) {
  if (index >= code.size()) {
    return fail(ErrorKind::bad_input, "instruction {} of {}", index, code.size());
  }
  const auto slots = std::min<std::size_t>(code.size() - index, 2);  // an lddw is two
  std::array<Insn, 2> before;
  std::copy_n(code.begin() + index, slots, before.begin());
  auto done = patch(code, index, answer);
  if (done) return {};
  return add_context(std::move(done).error(), "{} of {} in '{}'", name_of(kind_of(relocation)),
                     answer.local.text(), isa::print(std::span(before).first(slots)));
}

}  // namespace skep::object
