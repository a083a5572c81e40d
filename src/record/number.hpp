// record/number.hpp: numbers to digits. Each function writes at `to` and returns the end.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "record/load.hpp"

namespace skep::record {

// "00" "01" … "99"
inline constexpr auto digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline constexpr auto powers_of_ten = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (unsigned i = 1; i < 20; ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

[[nodiscard]] inline unsigned count_digits(std::uint64_t value) noexcept {
  // bits * log10(2), as 1233 / 4096: right or one too many (Hacker's Delight, 11-4).
  const unsigned guess = static_cast<unsigned>(std::bit_width(value | 1)) * 1233 >> 12;
  return guess + 1 - (value < powers_of_ten[guess] && guess > 0 ? 1 : 0);
}

// Exactly `digits` digits, with zeroes in front. At most 20.
inline char* write_digits(char* to, std::uint64_t value, unsigned digits) noexcept {
  char* at = to + digits;
  while (at - to >= 2) {
    at -= 2;
    std::memcpy(at, &digit_pairs[value % 100 * 2], 2);
    value /= 100;
  }
  if (at != to) *to = static_cast<char>('0' + value % 10);
  return to + digits;
}

// At most 20 bytes.
inline char* write_decimal(char* to, std::uint64_t value) noexcept {
  return write_digits(to, value, count_digits(value));
}

inline char* write_signed(char* to, std::int64_t value) noexcept {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *to++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_decimal(to, magnitude);
}

// At most 40 bytes.
inline char* write_wide(char* to, Wide value) noexcept {
  constexpr std::uint64_t chunk = powers_of_ten[19];
  if (value < chunk) return write_decimal(to, static_cast<std::uint64_t>(value));
  to = write_wide(to, value / chunk);
  return write_digits(to, static_cast<std::uint64_t>(value % chunk), 19);
}

inline char* write_signed_wide(char* to, Wide value) noexcept {
  if (static_cast<SignedWide>(value) < 0) {
    *to++ = '-';
    value = 0 - value;
  }
  return write_wide(to, value);
}

inline constexpr std::array hex_digits{'0', '1', '2', '3', '4', '5', '6', '7',
                                       '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

// As many digits as it takes. At most 16 bytes.
inline char* write_hex(char* to, std::uint64_t value) noexcept {
  const int digits = value == 0 ? 1 : static_cast<int>(std::bit_width(value) + 3) / 4;
  for (int i = digits; i-- > 0; value >>= 4) to[i] = hex_digits[value & 0xf];
  return to + digits;
}

// Two digits.
inline char* write_hex_byte(char* to, unsigned char value) noexcept {
  to[0] = hex_digits[value >> 4];
  to[1] = hex_digits[value & 0xf];
  return to + 2;
}

// Permission bits as chmod(1) takes them: a zero, then at least three digits. At most 25 bytes.
inline char* write_mode(char* to, std::uint64_t value) noexcept {
  const int width = static_cast<int>(std::bit_width(value));
  const int digits = width <= 9 ? 3 : (width + 2) / 3;
  *to++ = '0';
  for (int i = digits; i-- > 0; value >>= 3) to[i] = static_cast<char>('0' + (value & 7));
  return to + digits;
}

}  // namespace skep::record
