// btf/flavour.hpp: names up to their flavours (Documentation/bpf/llvm_reloc.rst).
#pragma once

#include <string_view>

namespace skep::btf {

// The name up to a "___flavour" suffix: "task_struct___old" and "task_struct" are one type.
[[nodiscard]] std::string_view essential_name(std::string_view name) noexcept;

}  // namespace skep::btf
