// record/syscall.hpp: names and numbers of system calls, of the machine that this runs on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace skep::record {

// Nothing for a name that no architecture knows, or that this one has not.
[[nodiscard]] std::optional<std::uint32_t> number_of_syscall(const std::string& name);

// "openat" for 257 on x86-64; empty when it has none.
[[nodiscard]] std::string name_of_syscall(std::uint64_t number);

}  // namespace skep::record
