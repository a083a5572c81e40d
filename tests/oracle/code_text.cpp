// Instructions as text, in the kernel's notation (Documentation/bpf/standardization), after the raw
// bytes: those are what is compared, the text explains a difference. Deliberately not skep's own
// disassembler: a judge does not borrow the eyes of the judged.
#include <fmt/format.h>
#include <linux/bpf.h>

#include <cstring>

#include "oracle/calls.hpp"

namespace oracle {
namespace {

constexpr const char* alu_signs[] = {"+=",  "-=", "*=", "/=", "|=",   "&=",    "<<=", ">>=",
                                     "neg", "%=", "^=", "=",  "s>>=", "bswap", "?",   "?"};
constexpr const char* jump_signs[] = {"goto", "==",   ">", ">=", "&",  "!=",  "s>",       "s>=",
                                      "call", "exit", "<", "<=", "s<", "s<=", "may_goto", "?"};
constexpr const char* sizes[] = {"u32", "u16", "u8", "u64"};

const char* size_of(const bpf_insn& insn) { return sizes[BPF_SIZE(insn.code) >> 3]; }

std::string alu(const bpf_insn& insn, char file) {
  const auto operation = BPF_OP(insn.code);
  const auto* sign = alu_signs[operation >> 4];
  if (operation == BPF_NEG) return fmt::format("{0}{1} = -{0}{1}", file, +insn.dst_reg);
  if (operation == BPF_END) {
    return fmt::format("r{} = swap{}{}", +insn.dst_reg, insn.imm,
                       BPF_CLASS(insn.code) == BPF_ALU64 ? ""
                       : BPF_SRC(insn.code)              ? " be"
                                                         : " le");
  }
  const std::string tail = insn.off != 0 ? fmt::format(" (off {})", insn.off) : "";
  if (BPF_SRC(insn.code) == BPF_X) {
    return fmt::format("{0}{1} {2} {0}{3}{4}", file, +insn.dst_reg, sign, +insn.src_reg, tail);
  }
  return fmt::format("{}{} {} {:#x}{}", file, +insn.dst_reg, sign, insn.imm, tail);
}

std::string jump(const bpf_insn& insn, char file) {
  const auto operation = BPF_OP(insn.code);
  if (operation == BPF_EXIT) return "exit";
  if (operation == BPF_CALL) {
    return fmt::format("call {} {}",
                       insn.src_reg == BPF_PSEUDO_CALL         ? "pc+"
                       : insn.src_reg == BPF_PSEUDO_KFUNC_CALL ? "kfunc"
                                                               : "helper",
                       insn.imm);
  }
  if (operation == BPF_JA) {
    return fmt::format("goto {:+}", BPF_CLASS(insn.code) == BPF_JMP32 ? insn.imm : insn.off);
  }
  const auto* sign = jump_signs[operation >> 4];
  if (BPF_SRC(insn.code) == BPF_X) {
    return fmt::format("if {0}{1} {2} {0}{3} goto {4:+}", file, +insn.dst_reg, sign, +insn.src_reg,
                       insn.off);
  }
  return fmt::format("if {}{} {} {:#x} goto {:+}", file, +insn.dst_reg, sign, insn.imm, insn.off);
}

std::string wide(const bpf_insn& insn, const bpf_insn& second, const std::string& name) {
  const auto head = fmt::format("r{} = ", +insn.dst_reg);
  const auto value = std::uint64_t{static_cast<std::uint32_t>(second.imm)} << 32 |
                     static_cast<std::uint32_t>(insn.imm);
  switch (insn.src_reg) {
    case 0:
      return fmt::format("{}{:#x} ll", head, value);
    case BPF_PSEUDO_MAP_FD:
      return fmt::format("{}map {} ({})", head, name, second.imm);
    case BPF_PSEUDO_MAP_VALUE:
      return fmt::format("{}value of map {} + {}", head, name, second.imm);
    case BPF_PSEUDO_FUNC:
      return fmt::format("{}function pc{:+}", head, insn.imm);
    default:
      return fmt::format("{}pseudo {} {:#x}", head, +insn.src_reg, value);
  }
}

std::string memory(const bpf_insn& insn) {
  const auto place = [&insn](unsigned reg) {
    return fmt::format("*({} *)(r{} {:+})", size_of(insn), reg, insn.off);
  };
  switch (BPF_CLASS(insn.code)) {
    case BPF_LDX:
      return fmt::format("r{} = {}{}", +insn.dst_reg,
                         BPF_MODE(insn.code) == BPF_MEMSX ? "signed " : "", place(insn.src_reg));
    case BPF_ST:
      return fmt::format("{} = {:#x}", place(insn.dst_reg), insn.imm);
    case BPF_STX:
      if (BPF_MODE(insn.code) == BPF_ATOMIC) {
        return fmt::format("atomic {:#x} {} r{}", insn.imm, place(insn.dst_reg), +insn.src_reg);
      }
      return fmt::format("{} = r{}", place(insn.dst_reg), +insn.src_reg);
    default:
      return fmt::format("packet load {:#x}", insn.imm);
  }
}

}  // namespace

std::vector<std::string> code_as_text(const Blob& code, const std::vector<std::string>& names) {
  std::vector<bpf_insn> insns(code.size() / sizeof(bpf_insn));
  if (!insns.empty()) std::memcpy(insns.data(), code.data(), insns.size() * sizeof(bpf_insn));
  std::vector<std::string> all;
  for (std::size_t i = 0; i < insns.size(); ++i) {
    const auto& insn = insns[i];
    std::string text;
    switch (BPF_CLASS(insn.code)) {
      case BPF_ALU:
      case BPF_ALU64:
        text = alu(insn, BPF_CLASS(insn.code) == BPF_ALU ? 'w' : 'r');
        break;
      case BPF_JMP:
      case BPF_JMP32:
        text = jump(insn, BPF_CLASS(insn.code) == BPF_JMP32 ? 'w' : 'r');
        break;
      case BPF_LD:
        if (insn.code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 < insns.size()) {
          text = wide(insn, insns[i + 1], names[i]);
          break;
        }
        [[fallthrough]];
      default:
        text = insn.code == 0 ? "(second half)" : memory(insn);
    }
    std::uint64_t raw = 0;
    std::memcpy(&raw, &insn, sizeof raw);
    all.push_back(fmt::format("{:4}: {:016x}  {}", i, __builtin_bswap64(raw), text));
  }
  return all;
}

}  // namespace oracle
