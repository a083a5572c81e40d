// record/syscall.hpp: system calls by name, of the machine that this runs on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace skep::record {

// Nothing for a name that no architecture knows, or that this one has not.
[[nodiscard]] std::optional<std::uint32_t> number_of_syscall(const std::string& name);

}  // namespace skep::record
