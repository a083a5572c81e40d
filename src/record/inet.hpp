// record/inet.hpp: IP addresses as text, as inet_ntop(3) writes them, which takes most of a row's
// time.
#pragma once

#include <array>
#include <cstddef>

#include "record/number.hpp"

namespace skep::record {

inline constexpr std::size_t most_inet_chars = 46;  // INET6_ADDRSTRLEN

// Of 4 bytes in network order. Writes at most 15 characters; returns where they end.
inline char* write_ip4(char* to, const std::byte* at) noexcept {
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *to++ = '.';
    to = write_decimal(to, std::to_integer<unsigned>(at[i]));
  }
  return to;
}

// Of 16 bytes in network order. Writes at most 45 characters; returns where they end.
char* write_ip6(char* to, const std::byte* at) noexcept;

}  // namespace skep::record
