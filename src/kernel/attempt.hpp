// kernel/attempt.hpp: what was asked of the kernel when it refused a program or its hook. An Error
// carries it (Error::attempt), and explain/ looks up why the kernel may have said no.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep {

struct Attempt {
  enum class Step : std::uint8_t { link, load, attach };
  // How a program hangs on a function of the kernel.
  enum class By : std::uint8_t { nothing, kprobe, kprobe_multi, trampoline };

  Step step = Step::load;
  std::string program;
  ProgramType type = ProgramType::unspecified;
  std::uint32_t attach_type = 0;
  By by = By::nothing;
  std::string function;                   // that of the kernel; empty: on none, or on many
  std::vector<std::string_view> options;  // "CONFIG_KPROBES": what such a hook takes of a kernel
};

namespace kernel {

// Linking or loading that program. The options are those of its type.
[[nodiscard]] std::shared_ptr<const Attempt> attempt_of(Attempt::Step step,
                                                        const ProgramSpec& program);

// The error, about that, unless it is about something already.
[[nodiscard]] Error about(Error error, std::shared_ptr<const Attempt> attempt);

}  // namespace kernel
}  // namespace skep
