// skep/link.hpp: a program that hangs on a hook, and hooks as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep {

// One options struct per hook. What SEC says is the default; a field that is set overrides it.

// A tracepoint of the kernel: "sched", "sched_process_exec". Fires through perf; kernel 4.7.
struct Tracepoint {
  std::string category;
  std::string name;
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); kernel 5.15
};

// The same tracepoints, raw: no record is built, the program reads the arguments. Kernel 4.17.
struct RawTracepoint {
  std::string name;
};

// A raw tracepoint with typed arguments (SEC("tp_btf/…")). Which one was decided at load: the name
// is for messages only. Kernel 5.5.
struct BtfTracepoint {
  std::string name;
};

// A function of a user binary. `symbol` or `offset` (bytes from the start of the file, or from the
// symbol when there is one). Kernel 4.17.
struct Uprobe {
  // A path, or a name without a slash: a library ("libc.so.6") is looked for where the dynamic
  // linker looks by default, a program in $PATH.
  std::string binary;
  std::string symbol;
  std::uint64_t offset = 0;
  bool at_return = false;
  int pid = -1;              // -1: every process
  std::uint64_t cookie = 0;  // kernel 5.15
};

using Hook = std::variant<Tracepoint, RawTracepoint, BtfTracepoint, Uprobe>;

// "tracepoint sched/sched_process_exec", for messages and lists.
[[nodiscard]] std::string describe(const Hook& hook);

// Move-only; the destructor detaches. Detaching waits for the kernel (a tracepoint takes it tens
// of milliseconds), so detach many links at once with detach_all. The program stays loaded as long
// as its Object lives.
class Link {
 public:
  Link(Hook hook, std::string program, Fd fd, Fd event = Fd()) noexcept;

  [[nodiscard]] const Hook& hook() const noexcept { return hook_; }
  [[nodiscard]] const std::string& program() const noexcept { return program_; }
  // The descriptor that keeps the attachment: a bpf_link where the kernel has it for this hook,
  // else the perf event.
  [[nodiscard]] int fd() const noexcept { return fd_ ? fd_.get() : event_.get(); }
  [[nodiscard]] bool is_bpf_link() const noexcept { return static_cast<bool>(fd_); }

  // Detaches now: closes the descriptor. A duplicate of it elsewhere keeps the attachment.
  void detach() noexcept;

 private:
  Hook hook_;
  std::string program_;
  Fd fd_;     // the bpf_link, which holds its perf event itself
  Fd event_;  // the perf event, where there is no bpf_link for it (before 5.15)
};

// Detaches all of them side by side; returns when the last one is gone.
void detach_all(std::vector<Link> links) noexcept;

}  // namespace skep
