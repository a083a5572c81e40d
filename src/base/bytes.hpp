// base/bytes.hpp: reading outside bytes without trusting them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace skep {

using Bytes = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "skep reads little-endian objects only");

// [offset, offset + length) of `bytes`, or nothing when any of it lies outside. No overflow.
[[nodiscard]] inline std::optional<Bytes> slice(Bytes bytes, std::uint64_t offset,
                                                std::uint64_t length) noexcept {
  if (offset > bytes.size() || length > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, length);
}

// A T at `offset`, copied out (so alignment does not matter), or nothing.
template <typename T>
[[nodiscard]] std::optional<T> read_at(Bytes bytes, std::uint64_t offset) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto part = slice(bytes, offset, sizeof(T));
  if (!part) return std::nullopt;
  T value;
  std::memcpy(&value, part->data(), sizeof(T));
  return value;
}

// The NUL-terminated string at `offset`, or nothing when it does not end inside `bytes`.
[[nodiscard]] inline std::optional<std::string_view> string_at(Bytes bytes,
                                                               std::uint64_t offset) noexcept {
  if (offset >= bytes.size()) return std::nullopt;
  const char* start = reinterpret_cast<const char*>(bytes.data()) + offset;
  const void* end = std::memchr(start, 0, bytes.size() - offset);
  if (end == nullptr) return std::nullopt;
  return std::string_view(start, static_cast<const char*>(end));
}

template <typename T>
[[nodiscard]] Bytes bytes_of(const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span(&value, 1));
}

template <typename T>
void append_bytes(std::vector<std::byte>& out, const T& value) {
  const auto bytes = bytes_of(value);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) noexcept {
  return (value + to - 1) / to * to;
}

}  // namespace skep
