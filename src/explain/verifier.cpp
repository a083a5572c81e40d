#include "explain/verifier.hpp"

#include <charconv>
#include <vector>

#include "explain/causes.hpp"

namespace skep::explain {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::optional<std::uint32_t> leading_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// "12: (85) call bpf_…": an instruction; the number is its index.
std::optional<std::uint32_t> instruction_of(std::string_view line) {
  const auto colon = line.find(": (");
  if (colon == std::string_view::npos || colon > 7) return std::nullopt;
  return leading_number(line);
}

bool is_source(std::string_view line) { return line.starts_with("; "); }

// Lines that the verifier prints around its verdict: statistics, states, the walk itself.
bool is_noise(std::string_view line) {
  for (const std::string_view start :
       {"processed ", "verification time ", "stack depth ", "cur state:", "old state:", "from ",
        "mark_precise:", "peak_states ", "func#", "arg#", "Live regs", "Global function ",
        "Validating ", "Func#"}) {
    if (line.starts_with(start)) return true;
  }
  if (line.empty() || is_source(line) || instruction_of(line)) return true;
  // "12: R1=ctx() R10=fp0" and, in older kernels, "R1=ctx(off=0) R10=fp0": register states.
  const auto number = line.find(": R");
  if (number != std::string_view::npos && number <= 7 && leading_number(line)) return true;
  if (line.starts_with(" R") || line.starts_with("R")) return line.find('=') < 5;
  return line.find(": safe") != std::string_view::npos;
}

// "int x = *p; @ probe.bpf.c:12" (since 6.9), or only the text.
void read_source(std::string_view line, Rejection& out) {
  line.remove_prefix(2);
  const auto at = line.rfind(" @ ");
  const auto colon = line.rfind(':');
  // A number without a file's name is no place.
  if (at != std::string_view::npos && colon != std::string_view::npos && colon > at + 3) {
    if (const auto number = leading_number(line.substr(colon + 1))) {
      out.file = line.substr(at + 3, colon - at - 3);
      out.line = *number;
      line = line.substr(0, at);
    }
  }
  out.source = line;
}

// The first line info with the same text: right unless the very text stands twice in the file.
void find_in_line_info(const ObjectSpec& spec, Rejection& out) {
  for (const auto& function : spec.functions) {
    for (const auto& info : function.line_info) {
      if (spec.types.string(info.line) != out.source) continue;
      out.file = spec.types.string(info.file_name);
      out.line = info.line_column >> 10;
      return;
    }
  }
}

}  // namespace

Rejection explain_rejection(std::string_view log, const ObjectSpec* spec) {
  Rejection out;
  const auto lines = split_lines(log);
  std::size_t verdict = lines.size();
  while (verdict > 0 && is_noise(lines[verdict - 1])) --verdict;
  if (verdict == 0) return out;
  out.cause = lines[verdict - 1];

  for (std::size_t i = verdict - 1; i-- > 0;) {
    if (!out.instruction) out.instruction = instruction_of(lines[i]);
    if (is_source(lines[i])) {
      read_source(lines[i], out);
      break;
    }
  }
  if (spec != nullptr && out.file.empty() && !out.source.empty()) find_in_line_info(*spec, out);

  for (const auto& known : known_causes()) {
    if (out.cause.find(known.pattern) == std::string::npos) continue;
    out.meaning = known.meaning;
    out.advice = known.advice;
    break;
  }
  return out;
}

}  // namespace skep::explain

namespace skep {

Rejection why_rejected(const Error& error, const ObjectSpec* spec) {
  if (error.kind() != ErrorKind::rejected) return {};
  return explain::explain_rejection(error.report(), spec);
}

}  // namespace skep
