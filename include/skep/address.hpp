// skep/address.hpp: addresses of networks as bytes, in the order in which they are sent.
//
// A literal is checked by the compiler: Ipv4Address a = "10.0.0.1"; texts of a run are parsed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#pragma GCC visibility push(default)
namespace skep {

namespace detail {

constexpr int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// A number at the beginning of `text`, which is taken away; nothing when there is none, or it is
// larger than `most` or has more than `digits` digits.
constexpr std::optional<std::uint32_t> take_number(std::string_view& text, int base,
                                                   std::uint32_t most,
                                                   std::size_t digits) noexcept {
  std::uint32_t value = 0;
  std::size_t count = 0;
  for (; count < text.size() && digit_of(text[count]) < base; ++count) {
    if (count == digits) return std::nullopt;
    value = value * static_cast<std::uint32_t>(base) +
            static_cast<std::uint32_t>(digit_of(text[count]));
  }
  if (count == 0 || value > most) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

constexpr bool take(std::string_view& text, std::string_view what) noexcept {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

// Not constexpr, so that a bad literal does not compile.
inline void this_is_no_address() noexcept {}

}  // namespace detail

// Six bytes of Ethernet: "02:00:00:00:00:01".
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  constexpr MacAddress() noexcept = default;
  constexpr explicit MacAddress(std::array<std::uint8_t, 6> all) noexcept : bytes(all) {}
  consteval MacAddress(const char* text) {
    if (const auto parsed = parse(text)) {
      bytes = parsed->bytes;
    } else {
      detail::this_is_no_address();
    }
  }
  // Nothing when it is no such address.
  [[nodiscard]] static constexpr std::optional<MacAddress> parse(std::string_view text) noexcept {
    MacAddress out;
    for (std::size_t i = 0; i < out.bytes.size(); ++i) {
      if (i > 0 && !detail::take(text, ":")) return std::nullopt;
      const auto number = detail::take_number(text, 16, 0xff, 2);
      if (!number) return std::nullopt;
      out.bytes[i] = static_cast<std::uint8_t>(*number);
    }
    if (!text.empty()) return std::nullopt;
    return out;
  }
  friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};

// "192.0.2.1"
struct Ipv4Address {
  std::array<std::uint8_t, 4> bytes{};

  constexpr Ipv4Address() noexcept = default;
  constexpr explicit Ipv4Address(std::array<std::uint8_t, 4> all) noexcept : bytes(all) {}
  consteval Ipv4Address(const char* text) {
    if (const auto parsed = parse(text)) {
      bytes = parsed->bytes;
    } else {
      detail::this_is_no_address();
    }
  }
  // Nothing when it is no such address: four numbers, all of them.
  [[nodiscard]] static constexpr std::optional<Ipv4Address> parse(std::string_view text) noexcept {
    Ipv4Address out;
    for (std::size_t i = 0; i < out.bytes.size(); ++i) {
      if (i > 0 && !detail::take(text, ".")) return std::nullopt;
      const auto number = detail::take_number(text, 10, 255, 3);
      if (!number) return std::nullopt;
      out.bytes[i] = static_cast<std::uint8_t>(*number);
    }
    if (!text.empty()) return std::nullopt;
    return out;
  }
  friend constexpr bool operator==(const Ipv4Address&, const Ipv4Address&) = default;
};

// "2001:db8::1", "::ffff:192.0.2.1" (RFC 4291, section 2.2); no zone.
struct Ipv6Address {
  std::array<std::uint8_t, 16> bytes{};

  constexpr Ipv6Address() noexcept = default;
  constexpr explicit Ipv6Address(std::array<std::uint8_t, 16> all) noexcept : bytes(all) {}
  consteval Ipv6Address(const char* text) {
    if (const auto parsed = parse(text)) {
      bytes = parsed->bytes;
    } else {
      detail::this_is_no_address();
    }
  }
  // Nothing when it is no such address.
  [[nodiscard]] static constexpr std::optional<Ipv6Address> parse(std::string_view text) noexcept {
    std::array<std::uint8_t, 16> all{};
    std::size_t count = 0;           // bytes
    std::optional<std::size_t> gap;  // where "::" stood
    if (detail::take(text, "::")) gap = 0;
    while (!text.empty()) {
      if (count > 0 && gap != count && !detail::take(text, ":")) return std::nullopt;
      if (const auto last = Ipv4Address::parse(text); last && count <= 12) {
        for (const auto byte : last->bytes) all[count++] = byte;
        text = {};
        break;
      }
      const auto number = detail::take_number(text, 16, 0xffff, 4);
      if (!number || count > 14) return std::nullopt;
      all[count++] = static_cast<std::uint8_t>(*number >> 8);
      all[count++] = static_cast<std::uint8_t>(*number & 0xff);
      if (text.starts_with("::")) {
        if (gap) return std::nullopt;
        text.remove_prefix(2);
        gap = count;
      }
    }
    if (gap ? count > 14 : count != 16) return std::nullopt;
    const std::size_t before = gap.value_or(16);
    Ipv6Address out;
    for (std::size_t i = 0; i < count; ++i) out.bytes[i < before ? i : i + 16 - count] = all[i];
    return out;
  }
  friend constexpr bool operator==(const Ipv6Address&, const Ipv6Address&) = default;
};

}  // namespace skep
#pragma GCC visibility pop
