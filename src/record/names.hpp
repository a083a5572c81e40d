// record/names.hpp: names of the machine's numbers. All are static: nothing to allocate or free.
#pragma once

#include <cstdint>
#include <string_view>

#include "record/writer.hpp"

namespace skep::record {

// "ENOENT" for 2, also those that only the kernel uses (ERESTARTSYS); empty when there is none.
[[nodiscard]] std::string_view name_of_errno(std::uint64_t code) noexcept;

// Writes "SIGKILL" for 9, "SIGRTMIN+1" for 35. False, and nothing written, when there is none.
bool write_signal_name(Writer& out, std::uint64_t signal);

// Writes "O_RDONLY|O_CLOEXEC"; bits without a name as one hexadecimal number at the end.
void write_open_flags(Writer& out, std::uint64_t flags);

}  // namespace skep::record
