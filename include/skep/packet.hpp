// skep/packet.hpp: packets for tests, layer by layer.
//
//     auto syn = skep::packet(skep::Ethernet{}, skep::Ipv4{.destination = "10.0.0.2"},
//                             skep::Tcp{.destination_port = 80, .flags = {.syn = true}});
//
// Lengths, protocol numbers and checksums come from what a layer holds, unless they are set.
// Numbers are in host byte order here, and in that of the network in the packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "skep/address.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// IEEE 802.3. `type`: EtherType; of a payload, or of nothing, 0x88b5 (for local experiments).
struct Ethernet {
  MacAddress destination = "02:00:00:00:00:02";
  MacAddress source = "02:00:00:00:00:01";
  std::optional<std::uint16_t> type{};
};

// IEEE 802.1Q, behind Ethernet or another one. The outer of two is a service tag (0x88a8) and the
// others are 0x8100, unless their `tag_type` is set; `type` is that of what follows.
struct Vlan {
  std::uint16_t id = 1;       // 0 to 4095
  std::uint8_t priority = 0;  // 0 to 7
  bool drop_eligible = false;
  std::optional<std::uint16_t> tag_type{};
  std::optional<std::uint16_t> type{};
};

// RFC 826, of IPv4 on Ethernet.
struct Arp {
  std::uint16_t operation = 1;  // 1: request, 2: reply
  MacAddress sender_mac = "02:00:00:00:00:01";
  Ipv4Address sender = "10.0.0.1";
  MacAddress target_mac{};
  Ipv4Address target = "10.0.0.2";
};

// RFC 791. `protocol`: of a payload 253 (for experiments). Of a fragment that is not the first,
// what follows is a payload; of the first one, set the checksum of what follows, which is over all.
struct Ipv4 {
  Ipv4Address source = "10.0.0.1";
  Ipv4Address destination = "10.0.0.2";
  std::uint8_t ttl = 64;
  std::uint8_t type_of_service = 0;  // DSCP and ECN
  std::uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  // bytes: a multiple of 8
  std::vector<std::byte> options{};   // 40 at most; filled up to a multiple of 4 with zeroes
  std::optional<std::uint8_t> protocol{};
  std::optional<std::uint16_t> total_length{};  // bytes
  std::optional<std::uint16_t> checksum{};
};

// RFC 8200. `next_header`: of a payload 253 (for experiments), of nothing 59.
struct Ipv6 {
  Ipv6Address source = "fd00::1";
  Ipv6Address destination = "fd00::2";
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;  // 20 bits
  std::optional<std::uint8_t> next_header{};
  std::optional<std::uint16_t> payload_length{};  // bytes
};

// Options behind an Ipv6 or another header: hop by hop, or for the destination. Filled up to a
// multiple of 8 bytes with padding options.
struct Ipv6Options {
  bool hop_by_hop = false;
  std::vector<std::byte> options{};  // type, length, value, each; 2046 bytes at most
  std::optional<std::uint8_t> next_header{};
};

// A fragment of IPv6: what is said at Ipv4 of fragments holds here.
struct Ipv6Fragment {
  std::uint16_t offset = 0;  // bytes: a multiple of 8
  bool more_fragments = false;
  std::uint32_t identification = 0;
  std::optional<std::uint8_t> next_header{};
};

// Those of RFC 9293 and RFC 3168.
struct TcpFlags {
  bool fin = false, syn = false, rst = false, psh = false, ack = false, urg = false;
  bool ece = false, cwr = false;
};

// RFC 9293.
struct Tcp {
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 80;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  TcpFlags flags{};
  std::uint16_t window = 65535;
  std::uint16_t urgent_pointer = 0;
  std::vector<std::byte> options{};  // 40 at most; filled up to a multiple of 4 with zeroes
  std::optional<std::uint8_t> data_offset{};  // words of 4 bytes
  std::optional<std::uint16_t> checksum{};
};

// RFC 768.
struct Udp {
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 53;
  std::optional<std::uint16_t> length{};    // bytes
  std::optional<std::uint16_t> checksum{};  // 0: none, with IPv4
};

// RFC 792: an echo request, unless said otherwise. Of other types the same four bytes mean other
// things.
struct Icmp {
  std::uint8_t type = 8;
  std::uint8_t code = 0;
  std::uint16_t identifier = 1;
  std::uint16_t sequence = 1;
  std::optional<std::uint16_t> checksum{};
};

// RFC 4443: an echo request, unless said otherwise.
struct Icmpv6 {
  std::uint8_t type = 128;
  std::uint8_t code = 0;
  std::uint16_t identifier = 1;
  std::uint16_t sequence = 1;
  std::optional<std::uint16_t> checksum{};
};

// Bytes as they are, to the end or before another layer.
struct Payload {
  std::vector<std::byte> bytes;

  Payload(std::vector<std::byte> all) noexcept : bytes(std::move(all)) {}
  Payload(std::span<const std::byte> all) : bytes(all.begin(), all.end()) {}
  Payload(std::string_view text) : Payload(std::as_bytes(std::span(text.data(), text.size()))) {}
  Payload(const char* text) : Payload(std::string_view(text)) {}
};

using Layer = std::variant<Ethernet, Vlan, Arp, Ipv4, Ipv6, Ipv6Options, Ipv6Fragment, Tcp, Udp,
                           Icmp, Icmpv6, Payload>;

// The bytes of the packet, from its outermost layer. Errors: invalid_argument when a number does
// not fit where it goes, or a checksum needs addresses and no IP layer is around it.
[[nodiscard]] Result<std::vector<std::byte>> packet(std::span<const Layer> layers);

// The same of layers that are named one by one.
template <typename... Layers>
  requires(sizeof...(Layers) > 0 && (std::is_constructible_v<Layer, Layers &&> && ...))
[[nodiscard]] Result<std::vector<std::byte>> packet(Layers&&... layers) {
  const std::vector<Layer> all{Layer(std::forward<Layers>(layers))...};
  return packet(std::span<const Layer>(all));
}

// The Internet checksum (RFC 1071) of the bytes, as a number: complemented, ready to be sent in
// network byte order. Over bytes that hold a right one it is 0.
[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::byte> bytes) noexcept;

}  // namespace skep
#pragma GCC visibility pop
