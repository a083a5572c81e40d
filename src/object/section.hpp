// object/section.hpp: what a SEC("…") name means: the type of the program, and what it says about
// where to attach. Data only; how to attach is hook/'s business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "object/attach_type.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// How the kernel finds what a tracing program attaches to at load: by the id of a type in BTF.
enum class BtfTarget : std::uint8_t {
  none,
  raw_tracepoint,  // typedef btf_trace_NAME
  function,        // FUNC NAME
  iterator,        // FUNC bpf_iter_NAME
  lsm,             // FUNC bpf_lsm_NAME
  program,         // FUNC NAME in another program's BTF (freplace)
};

struct SectionMeaning {
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;  // program load flags (BPF_F_SLEEPABLE …)
  BtfTarget btf_target = BtfTarget::none;
  std::string_view kind;  // the known part of the name: "tp", "uprobe.multi", "cgroup/connect4"
  std::string_view attach_to;  // what follows it; empty when nothing does
  bool autoload = true;        // false with a leading '?'
};

// Errors: unsupported for a name that nobody knows, with the modern form of a legacy name or the
// nearest known one as a hint.
[[nodiscard]] Result<SectionMeaning> meaning_of_section(std::string_view name);

// What the name says goes into the program, but for autoload.
void apply(const SectionMeaning& meaning, ProgramSpec& program);

// The same question for a program whose type was set by hand.
[[nodiscard]] BtfTarget btf_target_of(ProgramType type, std::uint32_t attach_type) noexcept;

// What to write instead of a name that meaning_of_section refuses; nothing when nothing is near.
[[nodiscard]] std::optional<std::string> section_hint(std::string_view name);

}  // namespace skep::object
