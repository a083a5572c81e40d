#include "run/printk.hpp"

#include <algorithm>
#include <optional>

#include "base/bytes.hpp"
#include "isa/opcode.hpp"

namespace skep::run {
namespace {

// include/uapi/linux/bpf.h, enum bpf_func_id
constexpr std::int32_t trace_printk = 6, trace_vprintk = 177;

bool is_printk(const Insn& insn) {
  return isa::is_helper_call(insn) && (insn.imm == trace_printk || insn.imm == trace_vprintk);
}

// The text in a data section that `relocation` points to.
std::optional<std::string_view> text_of(const ObjectSpec& spec, const Relocation& relocation) {
  if (relocation.kind != Relocation::Kind::map_value) return std::nullopt;
  return string_at(spec.maps[relocation.target].contents, relocation.offset);
}

// The last load of an address into r1 before the call: the helper's first argument.
std::optional<std::string_view> format_of(const ObjectSpec& spec, const FunctionSpec& function,
                                          std::size_t call) {
  for (std::size_t i = call; i-- > 0;) {
    const Insn& insn = function.instructions[i];
    if (isa::is_call(insn)) return std::nullopt;  // r1 does not survive a call
    if (!isa::is_lddw(insn) || insn.dst() != 1) continue;
    for (const auto& relocation : function.relocations) {
      if (relocation.instruction == i) return text_of(spec, relocation);
    }
    return std::nullopt;
  }
  return std::nullopt;
}

// Where a conversion ("%-5llu", "%pI4", "%s") ends.
std::size_t end_of_conversion(std::string_view format, std::size_t at) {
  while (at < format.size() && std::string_view("-+ #0123456789.lhzjt").contains(format[at])) ++at;
  if (at >= format.size()) return at;
  const bool pointer = format[at++] == 'p';
  while (pointer && at < format.size() && std::isalnum(static_cast<unsigned char>(format[at]))) {
    ++at;  // %pI6, %pks: what follows belongs to it
  }
  return at;
}

}  // namespace

PrintedFormats::Parts PrintedFormats::split(std::string_view format) {
  // The kernel ends a line at a newline; what follows it is a line of its own, without a header.
  Parts parts(1);
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      parts.back() += format[i];
    } else if (i + 1 < format.size() && format[i + 1] == '%') {
      parts.back() += '%';
      ++i;
    } else {
      i = end_of_conversion(format, i + 1) - 1;
      parts.emplace_back();
    }
  }
  while (parts.back().ends_with('\n')) parts.back().pop_back();
  return parts;
}

PrintedFormats::PrintedFormats(const ObjectSpec& spec) {
  for (const auto& function : spec.functions) {
    for (std::size_t i = 0; i < function.instructions.size(); ++i) {
      if (!is_printk(function.instructions[i])) continue;
      ++calls_;
      const auto format = format_of(spec, function, i);
      // A format of several lines, or one whose address took a detour, cannot be matched.
      if (!format || format->substr(0, format->size() - 1).contains('\n')) continue;
      formats_.push_back(split(*format));
    }
  }
}

bool PrintedFormats::matches(std::string_view line) const noexcept {
  if (!complete()) return true;
  return std::any_of(formats_.begin(), formats_.end(), [line](const Parts& parts) {
    if (parts.size() == 1) return line == parts[0];
    if (!line.starts_with(parts.front())) return false;
    std::size_t at = parts.front().size();
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
      at = line.find(parts[i], at);
      if (at == std::string_view::npos) return false;
      at += parts[i].size();
    }
    return line.size() >= at + parts.back().size() && line.ends_with(parts.back());
  });
}

}  // namespace skep::run
