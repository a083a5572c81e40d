// record/utf8.hpp: one code point of UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace skep::record {

struct CodePoint {
  char32_t value = 0;
  unsigned size = 0;  // bytes; 0: what stands there is not UTF-8
};

// The first code point of the `left` > 0 bytes at `text`. No overlong forms, no surrogates,
// nothing above U+10FFFF.
[[nodiscard]] inline CodePoint decode_utf8(const char* text, std::size_t left) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xc2 || first > 0xf4) return {};
  const unsigned size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size > left) return {};
  // The second byte's range rules out overlong forms (E0, F0), surrogates (ED) and what lies
  // beyond U+10FFFF (F4): Unicode, table 3-7.
  const unsigned char lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < lowest || byte(1) > highest) return {};
  char32_t value = first & (0x7fU >> size);
  for (unsigned i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  return {value, size};
}

inline constexpr std::uint64_t every_byte = 0x0101010101010101;

// Bit 7 of the lowest byte that is a control character, DEL or above ASCII; bits above that are
// not to be relied on. (Bit Twiddling Hacks, "determine if a word has a byte less than n".)
[[nodiscard]] constexpr std::uint64_t find_unprintable(std::uint64_t word) noexcept {
  const std::uint64_t del = word ^ every_byte * 0x7f;
  return (((word - every_byte * 0x20) & ~word) | ((del - every_byte) & ~del) | word) &
         every_byte * 0x80;
}

// The same for bytes equal to `wanted`.
[[nodiscard]] constexpr std::uint64_t find_byte(std::uint64_t word, unsigned char wanted) noexcept {
  const std::uint64_t zero = word ^ every_byte * wanted;
  return (zero - every_byte) & ~zero & every_byte * 0x80;
}

}  // namespace skep::record
