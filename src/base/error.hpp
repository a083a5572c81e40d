// base/error.hpp: how the rooms of skep make errors.
#pragma once

#include <fmt/format.h>

#include <expected>

#include "skep/result.hpp"

namespace skep {

// return fail(ErrorKind::bad_input, "section {} ends at {:#x}", name, end);
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format,
                                          Args&&... args) {
  return std::unexpected(Error(kind, fmt::format(format, std::forward<Args>(args)...)));
}

// return fail_errno(code, "open {}", path);  -> "open /x: No such file or directory (ENOENT)"
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail_errno(int code, fmt::format_string<Args...> format,
                                                Args&&... args) {
  return std::unexpected(Error::from_errno(code, fmt::format(format, std::forward<Args>(args)...)));
}

// return add_context(std::move(result).error(), "load {}", name);
template <typename... Args>
[[nodiscard]] std::unexpected<Error> add_context(Error error, fmt::format_string<Args...> format,
                                                 Args&&... args) {
  return std::unexpected(std::move(error).in(fmt::format(format, std::forward<Args>(args)...)));
}

// "ENOENT" for 2; "errno 4095" for what has no name.
[[nodiscard]] std::string errno_name(int code);

}  // namespace skep
