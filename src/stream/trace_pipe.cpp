#include "stream/trace_pipe.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"

namespace skep::stream {
namespace {

// "now ts:  1234.567890" of per_cpu/cpu0/stats: the trace clock, as lines will show it. Zero, so
// that nothing is passed over, when it cannot be read.
TraceTime now_of(kernel::Syscalls& sys, int directory) {
  const auto stats = kernel::read_kernel_file(sys, directory, "per_cpu/cpu0/stats");
  constexpr std::string_view key = "now ts:";
  TraceTime now;
  if (!stats) return now;
  const auto at = stats->find(key);
  if (at == std::string::npos) return now;
  const char* const end = stats->data() + stats->size();
  const char* text = stats->data() + at + key.size();
  while (text < end && *text == ' ') ++text;
  const auto seconds = std::from_chars(text, end, now.seconds);
  if (seconds.ec == std::errc() && seconds.ptr < end && *seconds.ptr == '.') {
    std::from_chars(seconds.ptr + 1, end, now.microseconds);
  }
  return now;
}

// "CPU:1 [LOST 123 EVENTS]", from the kernel's reader of trace_pipe.
std::uint64_t lost_in(std::string_view line) noexcept {
  constexpr std::string_view key = " [LOST ";
  if (!line.starts_with("CPU:")) return 0;
  const auto at = line.find(key);
  if (at == std::string_view::npos) return 0;
  std::uint64_t count = 0;
  std::from_chars(line.data() + at + key.size(), line.data() + line.size(), count);
  return count;
}

// A line that has a header, of whatever event: "…[003] … 12.345678: name: …".
bool has_header(std::string_view line) noexcept {
  return line.size() > 16 && line[16] == '-' && line.find("] ") != std::string_view::npos &&
         line.find(": ") != std::string_view::npos;
}

Error explained(Error error) {
  if (error.code() != EBUSY) return error;
  return std::move(error).hint(
      "Another program is reading trace_pipe, and the kernel allows one reader; find it with: "
      "fuser -v /sys/kernel/tracing/trace_pipe");
}

bool is_off(kernel::Syscalls& sys, int tracefs) {
  const auto on = kernel::read_kernel_file(sys, tracefs, "tracing_on");
  return on && on->starts_with('0');
}

}  // namespace

Result<void> TracePipe::open_in(int directory) {
  const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  const long pipe = sys_->openat(directory, "trace_pipe", flags, 0);
  if (pipe < 0) {
    return std::unexpected(
        explained(Error::from_errno(static_cast<int>(-pipe), "open tracefs's trace_pipe")));
  }
  pipe_ = kernel::adopt(pipe);
  start_ = now_of(*sys_, directory);
  return {};
}

// More than once: another session that begins right now may take ours for what a killed one left.
Result<void> TracePipe::open_instance() {
  Result<void> opened;
  for (int attempt = 0; attempt < 8; ++attempt) {
    instance_.reset();
    auto made = TraceInstance::create(*sys_, tracefs_.get());
    if (!made) {
      opened = std::unexpected(std::move(made).error());
      continue;
    }
    instance_ = *std::move(made);
    opened = open_in(instance_->directory().get());
    if (opened) return {};
  }
  instance_.reset();
  return opened;
}

Result<TracePipe> TracePipe::open(kernel::Syscalls& sys) {
  TracePipe out;
  out.sys_ = &sys;
  SKEP_TRY(out.tracefs_, kernel::open_tracefs(sys));
  const bool off = is_off(sys, out.tracefs_.get());
  if (off && out.open_instance()) return out;
  auto opened = out.open_in(out.tracefs_.get());
  if (!opened && opened.error().code() == EBUSY && out.open_instance()) return out;
  SKEP_CHECK(std::move(opened));
  if (off) {
    out.notes_.emplace_back(
        "Tracing is switched off (0 in tracefs's tracing_on), so bpf_printk prints nothing.");
  }
  return out;
}

Result<std::size_t> TracePipe::drain(const std::function<void(const PrintedLine&)>& sink) {
  std::size_t count = 0;
  char buffer[16384];
  // Bounded, so that programs that print without pause cannot hold the caller for ever.
  for (int reads = 0; reads < 64; ++reads) {
    const long n = sys_->read(pipe_.get(), buffer, sizeof(buffer));
    if (n == -EINTR) continue;
    if (n == -EAGAIN || n == 0) return count;
    if (n < 0) {
      return std::unexpected(
          explained(Error::from_errno(static_cast<int>(-n), "read tracefs's trace_pipe")));
    }
    rest_.append(buffer, static_cast<std::size_t>(n));
    std::string_view lines = rest_;
    for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
      count += take(lines.substr(0, end), sink);
      lines.remove_prefix(end + 1);
    }
    rest_.erase(0, rest_.size() - lines.size());
  }
  return count;
}

std::size_t TracePipe::take(std::string_view line,
                            const std::function<void(const PrintedLine&)>& sink) {
  lost_ += lost_in(line);
  if (auto parsed = parse_line(line)) {
    last_ = std::move(parsed);
  } else if (last_ && !line.empty() && !has_header(line) && !line.starts_with("CPU:")) {
    last_->text = line;  // a text that held a newline goes on
  } else {
    if (has_header(line)) last_.reset();
    return 0;
  }
  if (last_->time < start_) return 0;
  sink(*last_);
  return 1;
}

}  // namespace skep::stream
