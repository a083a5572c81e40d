// stream/trace_pipe.hpp: what programs print with bpf_printk.
//
// Read from the global trace buffer, or, when that has a reader (the kernel allows one) or is
// switched off, from an instance of one's own, which needs Linux 5.9. A line names the task that
// ran, not the program. So, honestly:
//   - lines of other programs, loaded by anybody, cannot be told from ours;
//   - reading takes the lines out of the global buffer: who looks there later does not see them;
//   - other events that somebody switched on there are read past and dropped;
//   - a line can be lost when the buffer runs full: the kernel says how many, see lost().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"
#include "stream/trace_instance.hpp"

namespace skep::stream {

// A time of the trace clock, which runs from about boot. Whole seconds and microseconds with the
// clocks that count time; with the others (trace_clock = counter, x86-tsc …) a number in `seconds`.
struct TraceTime {
  std::uint64_t seconds = 0;
  std::uint32_t microseconds = 0;
  friend auto operator<=>(const TraceTime&, const TraceTime&) = default;
};

struct PrintedLine {
  std::string comm;       // "<...>" when the kernel forgot the name; without spaces in front
  std::uint32_t pid = 0;  // of the thread, in the initial pid namespace
  std::uint32_t cpu = 0;
  TraceTime time;
  std::string text;
};

// One line of trace_pipe in its default format, with or without record-tgid; nothing when it is
// not from bpf_trace_printk. `line` is without its newline.
[[nodiscard]] std::optional<PrintedLine> parse_line(std::string_view line);

class TracePipe {
 public:
  // Lines printed before this are passed over by their time (the trace clock "local" may differ
  // between CPUs on machines whose clocks do). Errors: busy when another reader has it open and
  // there can be no instance; permission; unsupported without tracefs.
  static Result<TracePipe> open(kernel::Syscalls& sys);

  // Hands out the lines that are there, at most a megabyte of them; never blocks. A text of several
  // lines comes as several, each with the first one's header. Returns how many.
  Result<std::size_t> drain(const std::function<void(const PrintedLine&)>& sink);

  // Readable when there may be lines.
  [[nodiscard]] int fd() const noexcept { return pipe_.get(); }

  // Lines of any event that the kernel says were overwritten before they were read.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

  // What keeps lines from coming, one sentence each: tracing is switched off, and there can be no
  // instance.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  TracePipe() = default;
  // Of the directory that has the files of a buffer.
  Result<void> open_in(int directory);
  Result<void> open_instance();
  std::size_t take(std::string_view line, const std::function<void(const PrintedLine&)>& sink);

  kernel::Syscalls* sys_ = nullptr;
  Fd tracefs_;
  std::unique_ptr<TraceInstance> instance_;  // outlives what is opened in it
  Fd pipe_;
  TraceTime start_;
  std::string rest_;                 // of a line that has not ended
  std::optional<PrintedLine> last_;  // whose header goes on in lines without one
  std::uint64_t lost_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace skep::stream
