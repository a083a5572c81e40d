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

// "AF_INET" for 2, "SOCK_STREAM" for 1, "TCP" for 6, "IPv4" for 0x0800 (the machine's order),
// "ESTABLISHED" for 1, "CAP_SYS_ADMIN" for 21; empty when there is none.
[[nodiscard]] std::string_view name_of_family(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view name_of_socket_type(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view name_of_protocol(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view name_of_ether_type(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view name_of_tcp_state(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view name_of_capability(std::uint64_t number) noexcept;

// Writes "O_RDONLY|O_CLOEXEC"; bits without a name as one hexadecimal number at the end.
void write_open_flags(Writer& out, std::uint64_t flags);

}  // namespace skep::record
