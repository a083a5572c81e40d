// explain/causes.hpp: what the verifier's sentences mean to the author of a program.
#pragma once

#include <span>
#include <string_view>

namespace skep::explain {

struct Cause {
  std::string_view pattern;  // a part of the verifier's sentence (kernel/bpf/verifier.c)
  std::string_view meaning;
  std::string_view advice;
};

// More particular patterns stand before more general ones.
[[nodiscard]] std::span<const Cause> known_causes() noexcept;

}  // namespace skep::explain
