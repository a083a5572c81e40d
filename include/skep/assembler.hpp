// skep/assembler.hpp: programs without C, compiler and ELF file, assembled from instructions.
//
//   SKEP_TRY(auto spec, skep::assemble({
//       .license = "GPL",
//       .maps = {{.name = "hits", .type = skep::MapType::array,
//                 .key_size = 4, .value_size = 8, .max_entries = 1}},
//       .programs = {{.name = "count", .section = "tracepoint/sched/sched_switch",
//                     .code = {…}}}}));
//   SKEP_TRY(const auto object, skep::Object::load(std::move(spec)));
//
// What comes out is an ObjectSpec as a file gives it, with types and lines: the verifier's log, and
// skep::why_rejected, name the line of C++ that an instruction stands in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skep/instructions.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

#pragma GCC visibility push(default)
namespace skep {
namespace assembly {

// A function that programs of the Source call, or give to a helper that calls back.
struct Function {
  std::string name{};
  Code code{};
};

// What is attached to a hook.
struct Program {
  std::string name{};     // at most 15 bytes reach the kernel
  std::string section{};  // as in SEC("…"): "xdp", "tracepoint/sched/sched_switch", "socket"
  // Without a section, or to override what it says:
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;  // expected_attach_type
  std::uint32_t flags = 0;        // BPF_F_SLEEPABLE …
  Code code{};
};

// All that an object file would hold.
struct Source {
  std::string name = "assembled";
  std::string license{};  // "GPL": the helpers that ask for it
  std::vector<MapSpec> maps{};
  std::vector<Program> programs{};
  std::vector<Function> functions{};
};

}  // namespace assembly

// Errors: invalid_argument for a label, function or map that is not there or is there twice, an
// offset or number that does not fit, a helper or section that nobody knows; the message begins
// with the place of the instruction.
[[nodiscard]] Result<ObjectSpec> assemble(assembly::Source source);

}  // namespace skep
#pragma GCC visibility pop
