// stream/trace_pipe.hpp: parse_line.
//
// The format, of print_trace_fmt and trace_print_context in kernel/trace/trace_output.c:
//   "%16s-%-7d " comm and pid, "(%7d) " or "(-------) " with record-tgid, "[%03d] " CPU,
//   "%s " latency flags with irq-info (4 to 6 characters), "%5lu.%06lu: " or "%12llu: " time,
//   "bpf_trace_printk: ", text
#include <charconv>

#include "stream/trace_pipe.hpp"

namespace skep::stream {
namespace {

constexpr std::size_t comm_width = 16;

void skip_spaces(std::string_view& text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

template <typename T>
bool take_number(std::string_view& text, T& out) noexcept {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view expected) noexcept {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// "  1234.567890: " or "  1234567890: "
bool take_time(std::string_view& text, TraceTime& time) noexcept {
  skip_spaces(text);
  if (!take_number(text, time.seconds)) return false;
  if (take(text, ".") && !take_number(text, time.microseconds)) return false;
  return take(text, ": ");
}

}  // namespace

std::optional<PrintedLine> parse_line(std::string_view line) {
  // A comm has at most 15 bytes, so it never passes its column; it may hold any character.
  if (line.size() <= comm_width || line[comm_width] != '-') return std::nullopt;
  PrintedLine out;
  std::string_view comm = line.substr(0, comm_width);
  skip_spaces(comm);
  out.comm = comm;
  std::string_view rest = line.substr(comm_width + 1);
  if (!take_number(rest, out.pid)) return std::nullopt;
  skip_spaces(rest);
  if (rest.starts_with('(')) {
    const auto end = rest.find(')');
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 1);
    skip_spaces(rest);
  }
  if (!take(rest, "[") || !take_number(rest, out.cpu) || !take(rest, "] ")) return std::nullopt;
  std::string_view after_flags = rest;
  if (!take_time(rest, out.time)) {
    // The flags: one word, which may begin with a digit.
    rest = after_flags;
    skip_spaces(rest);
    const auto end = rest.find(' ');
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end);
    out.time = {};
    if (!take_time(rest, out.time)) return std::nullopt;
  }
  if (!take(rest, "bpf_trace_printk: ")) return std::nullopt;
  out.text = rest;
  return out;
}

}  // namespace skep::stream
