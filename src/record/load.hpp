// record/load.hpp: little-endian values out of a record's bytes. The caller has checked bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace skep::record {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

template <typename T>
[[nodiscard]] inline T load(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// `bits` (1 to 128) bits, the lowest of which is bit `shift` (0 to 7) of the first byte, extended
// to 128 by zeroes or by the sign. Touches only the (shift + bits + 7) / 8 bytes that hold them.
[[nodiscard]] inline Wide load_bits(const std::byte* at, unsigned shift, unsigned bits,
                                    bool is_signed) noexcept {
  const unsigned bytes = (shift + bits + 7) / 8;
  Wide value = 0;
  std::memcpy(&value, at, bytes < 16 ? bytes : 16);
  value >>= shift;
  // 128 bits that begin inside a byte end in a seventeenth.
  if (bytes > 16 && shift > 0)
    value |= static_cast<Wide>(std::to_integer<unsigned>(at[16])) << (128 - shift);
  const unsigned unused = 128 - bits;
  value <<= unused;
  return is_signed ? static_cast<Wide>(static_cast<SignedWide>(value) >> unused) : value >> unused;
}

// An integer of `size` bytes (1 to 8).
[[nodiscard]] inline std::uint64_t load_integer(const std::byte* at, unsigned size,
                                                bool is_signed) noexcept {
  switch (size) {
    case 1:
      return is_signed ? static_cast<std::uint64_t>(load<std::int8_t>(at)) : load<std::uint8_t>(at);
    case 2:
      return is_signed ? static_cast<std::uint64_t>(load<std::int16_t>(at))
                       : load<std::uint16_t>(at);
    case 4:
      return is_signed ? static_cast<std::uint64_t>(load<std::int32_t>(at))
                       : load<std::uint32_t>(at);
    case 8:
      return load<std::uint64_t>(at);
    default:
      return static_cast<std::uint64_t>(load_bits(at, 0, size * 8, is_signed));
  }
}

}  // namespace skep::record
