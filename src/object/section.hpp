// object/section.hpp: what a SEC("…") name means: the type of the program, and what it says about
// where to attach. Data only; how to attach is hook/'s business.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// expected_attach_type values with the kernel's numbers (enum bpf_attach_type); those that the
// rooms of skep name. Others pass through as numbers.
enum class AttachType : std::uint32_t {
  none = 0,
  trace_raw_tp = 23,
  trace_fentry = 24,
  trace_fexit = 25,
  modify_return = 26,
  trace_iter = 28,
  xdp = 37,
  perf_event = 41,
  trace_kprobe_multi = 42,
  trace_uprobe_multi = 48,
};

// How the kernel finds what a tracing program attaches to at load.
enum class BtfTarget : std::uint8_t { none, raw_tracepoint, function, iterator, lsm };

struct SectionMeaning {
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;         // program load flags (BPF_F_SLEEPABLE …)
  BtfTarget btf_target = BtfTarget::none;
  std::string_view attach_to;      // the rest of the name; empty when it has none
  bool autoload = true;            // false with a leading '?'
};

// Errors: unsupported for a name that nobody knows, with the modern form of a legacy name or the
// nearest known one as a hint.
[[nodiscard]] Result<SectionMeaning> meaning_of_section(std::string_view name);

}  // namespace skep::object
