// packet/writer.hpp: numbers as they go over the wire.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace skep::packet_detail {

// Bytes, most significant first.
class Writer {
 public:
  template <std::integral T>
  Writer& put(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;) {
      bytes_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (i * 8) & 0xff));
    }
    return *this;
  }
  template <std::size_t N>
  Writer& put(const std::array<std::uint8_t, N>& all) {
    for (const auto byte : all) bytes_.push_back(static_cast<std::byte>(byte));
    return *this;
  }
  Writer& put(std::span<const std::byte> all) {
    bytes_.insert(bytes_.end(), all.begin(), all.end());
    return *this;
  }
  // Zeroes, up to a multiple of `to` bytes.
  Writer& fill(std::size_t to) {
    while (bytes_.size() % to != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  // Writes over what stands at `offset`.
  Writer& put_at(std::size_t offset, std::uint16_t value) {
    bytes_[offset] = static_cast<std::byte>(value >> 8);
    bytes_[offset + 1] = static_cast<std::byte>(value & 0xff);
    return *this;
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace skep::packet_detail
