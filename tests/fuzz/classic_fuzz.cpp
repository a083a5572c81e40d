// A classic filter, any bytes: what is translated leads nowhere but into itself, and ends.
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa/encode.hpp"
#include "isa/opcode.hpp"
#include "skep/classic.hpp"

namespace {

using namespace skep;

void check(const std::vector<Insn>& code) {
  if (code.empty() || !isa::is_exit(code.back())) __builtin_trap();
  std::vector<bool> is_reached(code.size());
  is_reached[0] = true;
  for (std::size_t i = 0; i < code.size(); ++i) {
    // The verifier refuses a program with code that nothing leads to.
    if (!is_reached[i]) __builtin_trap();
    const auto reach = [&](std::size_t target) {
      if (target <= i || target >= code.size()) __builtin_trap();
      is_reached[target] = true;
    };
    const auto& insn = code[i];
    if (isa::is_exit(insn)) continue;
    const bool is_branch = isa::is_jump(insn) && !isa::is_call(insn);
    if (is_branch) reach(i + 1 + static_cast<std::size_t>(insn.off));
    if (!is_branch || isa::operation_of(insn) != isa::op_ja) reach(i + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<assembly::ClassicInsn> filter(size / sizeof(assembly::ClassicInsn));
  if (!filter.empty()) std::memcpy(filter.data(), data, filter.size() * sizeof(filter[0]));
  const auto code = assembly::from_classic(filter);
  if (!code) return 0;
  const auto encoded = isa::encode(*code);
  if (!encoded) __builtin_trap();
  check(encoded->instructions);
  return 0;
}
