// base/embedded.hpp: files that the build put into the binary (cmake/bpf.cmake, skep_embed).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace skep {

struct EmbeddedFile {
  std::string_view name;  // path below the folder that was embedded: "process/execsnoop.bpf.o"
  const std::byte* begin;
  const std::byte* end;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {begin, end}; }
};

}  // namespace skep
