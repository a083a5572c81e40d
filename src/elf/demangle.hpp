// elf/demangle.hpp: the names of C++ functions as their authors write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skep::elf {

// "net::send(int)" for _ZN3net4sendEi; nothing for a name that is not mangled.
[[nodiscard]] std::optional<std::string> demangle(std::string_view name);

// "net::send" for "net::send(int) const [clone .cold]"; a text without parameters as it is.
[[nodiscard]] std::string_view without_parameters(std::string_view demangled) noexcept;

// "net::send<int>" for "void net::send<int>(int)": templates are shown with what they return.
[[nodiscard]] std::string_view only_name(std::string_view demangled) noexcept;

// Whether somebody who writes `wanted` means that function: the whole of it, or all but the
// parameters, or the name alone.
[[nodiscard]] bool is_named(std::string_view demangled, std::string_view wanted) noexcept;

}  // namespace skep::elf
