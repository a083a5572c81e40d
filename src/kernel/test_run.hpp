// kernel/test_run.hpp: BPF_PROG_TEST_RUN, by what net/bpf/test_run.c takes for each type.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"
#include "skep/test_run.hpp"

namespace skep::kernel {

enum class ContextKind : std::uint8_t { none, xdp, skb, lookup, flow, netfilter, arguments, bytes };

// How the kernel runs programs of one type.
struct RunRules {
  bool runs = false;
  bool takes_data = false;
  bool returns_data = false;
  bool repeats = false;  // false: it runs once a call, and has no duration
  ContextKind context = ContextKind::none;
  enum class Out : std::uint8_t { nothing, separate, in_place } context_out = Out::nothing;
};

[[nodiscard]] RunRules run_rules(const ProgramSpec& program) noexcept;

// Runs the program of this descriptor. Errors: as Program::run.
[[nodiscard]] Result<TestRunResult> test_run(Syscalls& sys, int fd, const ProgramSpec& program,
                                             const TestRun& run);

// Which rule of the kernel the input breaks, one sentence; empty when none is known to. For an
// input that the kernel refused with EINVAL: a newer one may allow more.
[[nodiscard]] std::string broken_rule(const ProgramSpec& program, const TestRun& run);

}  // namespace skep::kernel
