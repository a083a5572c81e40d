// skep/features.hpp: what this kernel can do, asked by doing it.
//
// Never by its version or configuration: distributions carry features back, and leave others out. A
// probe loads a program of two or three instructions, or makes a map of one entry, and lets it go;
// nothing is attached to a hook where it would run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "skep/link.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

#pragma GCC visibility push(default)
namespace skep {

// One answer, with its reason.
struct Support {
  enum class Answer : std::uint8_t {
    no,       // the kernel refuses it, or knows nothing of it
    yes,      // it was done, or went so far that only a target was missing
    unknown,  // could not tell: we lack a capability, or were refused for another reason
  };
  Answer answer = Answer::unknown;
  std::string reason;  // one sentence; empty for yes

  // Surely yes: an unknown is none.
  [[nodiscard]] bool is_yes() const noexcept { return answer == Answer::yes; }
  // Surely no: an unknown is none.
  [[nodiscard]] bool is_no() const noexcept { return answer == Answer::no; }
  friend bool operator==(const Support&, const Support&) = default;
};

// Asks; each function makes one to four system calls. Keeps the kernel's types, and what it found
// of program types. Used by one thread at a time.
class Features {
 public:
  // `syscalls`: the seam; nullptr is the running kernel. For tests.
  explicit Features(kernel::Syscalls* syscalls = nullptr);
  Features(Features&&) noexcept;
  Features& operator=(Features&&) noexcept;
  Features(const Features&) = delete;
  Features& operator=(const Features&) = delete;
  ~Features();

  // Whether a program of the type loads. Of ext: whether the kernel knows them.
  [[nodiscard]] Support program_type(ProgramType type);

  // Whether a map of the type is made.
  [[nodiscard]] Support map_type(MapType type);

  // Whether programs of the type may call the helper: by number (enum bpf_func_id), or by name,
  // "bpf_get_current_task". Of bpf_probe_write_user the kernel leaves a line in its log when asked,
  // and for bpf_trace_printk and bpf_trace_vprintk it turns the event bpf_trace_printk on, as it
  // does for each program that uses them.
  [[nodiscard]] Support helper(ProgramType type, std::int32_t number);
  [[nodiscard]] Support helper(ProgramType type, std::string_view name);

  // Whether programs of the type may call the function of the kernel ("bpf_task_acquire"), which
  // may be a module's. Kernel 5.13.
  [[nodiscard]] Support kfunc(ProgramType type, std::string_view name);

  // Whether a program of the type can be loaded, and attached, with this expected attach type (enum
  // bpf_attach_type).
  [[nodiscard]] Support attach_type(ProgramType type, std::uint32_t attach_type);

  // Whether the kernel has links of the type. Of xdp the kernel's types say it: it could be asked
  // by attaching a program only.
  [[nodiscard]] Support link(LinkType type);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skep
#pragma GCC visibility pop
