#include "hook/section.hpp"

#include <charconv>
#include <optional>
#include <span>

#include "base/error.hpp"

namespace skep::hook {
namespace {

constexpr std::uint32_t attach_trace_raw_tp = 23;  // BPF_TRACE_RAW_TP

Result<Hook> tracepoint_of(const ProgramSpec& program) {
  const std::string_view target = program.attach_to;
  const auto slash = target.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == target.size()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") names no tracepoint: it takes a category and a name, as in "
                "SEC(\"tp/sched/sched_process_exec\")",
                program.section);
  }
  return Tracepoint{.category = std::string(target.substr(0, slash)),
                    .name = std::string(target.substr(slash + 1))};
}

Result<Hook> raw_tracepoint_of(const ProgramSpec& program) {
  if (program.attach_to.empty()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") names no tracepoint: it takes a name without a category, as in "
                "SEC(\"raw_tp/sched_process_exec\")",
                program.section);
  }
  return RawTracepoint{.name = program.attach_to};
}

Result<Hook> uprobe_of(const ProgramSpec& program, bool at_return) {
  if (program.attach_to.empty()) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") names no function: it takes a binary and a symbol, as in "
                "SEC(\"uprobe//bin/bash:readline\")",
                program.section);
  }
  SKEP_TRY(auto uprobe, parse_uprobe(program.attach_to));
  uprobe.at_return = at_return;
  return uprobe;
}

// A whole number, decimal or with 0x.
std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const std::span digits(text);
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

Result<Uprobe> parse_uprobe(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return fail(ErrorKind::invalid_argument,
                "'{}' names no function: it takes BINARY:SYMBOL, BINARY:SYMBOL+OFFSET or "
                "BINARY:OFFSET",
                text);
  }
  Uprobe out{.binary = std::string(text.substr(0, colon))};
  const std::string_view function = text.substr(colon + 1);
  if (const auto offset = number_of(function)) {
    out.offset = *offset;
    return out;
  }
  const auto plus = function.rfind('+');
  out.symbol = function.substr(0, plus);
  if (plus == std::string_view::npos) return out;
  const auto offset = number_of(function.substr(plus + 1));
  if (!offset || out.symbol.empty()) {
    return fail(ErrorKind::invalid_argument, "'{}': '{}' is no offset", text,
                function.substr(plus + 1));
  }
  out.offset = *offset;
  return out;
}

Result<Hook> hook_of(const ProgramSpec& program) {
  std::string_view section = program.section;
  if (section.starts_with('?')) section.remove_prefix(1);
  switch (program.type) {
    case ProgramType::tracepoint:
      return tracepoint_of(program);
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
      return raw_tracepoint_of(program);
    case ProgramType::tracing:
      if (program.attach_type == attach_trace_raw_tp) {
        return BtfTracepoint{.name = program.attach_to};
      }
      break;
    case ProgramType::kprobe:
      if (section.starts_with("uprobe.multi") || section.starts_with("uretprobe.multi")) break;
      if (section.starts_with("uprobe")) return uprobe_of(program, false);
      if (section.starts_with("uretprobe")) return uprobe_of(program, true);
      break;
    default:
      break;
  }
  return fail(ErrorKind::unsupported, "skep cannot attach SEC(\"{}\") yet", program.section);
}

}  // namespace skep::hook
