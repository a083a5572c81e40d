// Packets, layer by layer. Whether they are right is tcpdump's to say: unit/pcap.cpp; here is what
// must stand where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "skep/packet.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

std::string hex(const std::vector<std::byte>& bytes, std::size_t from, std::size_t count) {
  std::string out;
  for (std::size_t i = from; i < from + count && i < bytes.size(); ++i) {
    constexpr char digits[] = "0123456789abcdef";
    out += digits[std::to_integer<unsigned>(bytes[i]) >> 4];
    out += digits[std::to_integer<unsigned>(bytes[i]) & 15];
  }
  return out;
}

std::vector<std::byte> value_of(Result<std::vector<std::byte>> made) {
  if (!made) {
    ADD_FAILURE() << made.error().message();
    return {};
  }
  return *std::move(made);
}

void expect_refused(const Result<std::vector<std::byte>>& made, const char* reason) {
  ASSERT_FALSE(made) << reason;
  EXPECT_EQ(made.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(made.error().message(), HasSubstr(reason));
}

TEST(Address, LiteralsAreTheCompilersAndTextsAreParsed) {
  constexpr Ipv4Address v4 = "192.0.2.255";
  static_assert(v4.bytes == std::array<std::uint8_t, 4>{192, 0, 2, 255});
  constexpr MacAddress mac = "02:aB:0:00:00:1";
  static_assert(mac.bytes == std::array<std::uint8_t, 6>{2, 0xab, 0, 0, 0, 1});
  for (const auto* bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "a.2.3.4", "1..2.3",
                          "0001.2.3.4", "-1.2.3.4"}) {
    EXPECT_FALSE(Ipv4Address::parse(bad)) << bad;
  }
  for (const auto* bad : {"", "02:00:00:00:00", "02:00:00:00:00:00:00", "02-00-00-00-00-00",
                          "002:0:0:0:0:0", "g:0:0:0:0:0"}) {
    EXPECT_FALSE(MacAddress::parse(bad)) << bad;
  }
}

TEST(Address, Ipv6HasManyWritings) {
  const struct {
    const char* text;
    const char* bytes;
  } cases[] = {
      {"::", "00000000000000000000000000000000"},
      {"::1", "00000000000000000000000000000001"},
      {"fe80::", "fe800000000000000000000000000000"},
      {"2001:db8::8:800:200C:417A", "20010db80000000000080800200c417a"},
      {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
      {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
      {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
      {"::ffff:192.0.2.1", "00000000000000000000ffffc0000201"},
      {"1:2:3:4:5:6:192.0.2.1", "000100020003000400050006c0000201"},
  };
  for (const auto& one : cases) {
    const auto address = Ipv6Address::parse(one.text);
    ASSERT_TRUE(address) << one.text;
    const auto bytes = std::as_bytes(std::span(address->bytes));
    EXPECT_EQ(hex({bytes.begin(), bytes.end()}, 0, 16), one.bytes) << one.text;
  }
  for (const auto* bad :
       {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1", "1::2:", "fe80::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1.2.3.4", "1.2.3.4::"}) {
    EXPECT_FALSE(Ipv6Address::parse(bad)) << bad;
  }
}

TEST(Packet, TypesLengthsAndProtocolsComeFromWhatIsInside) {
  const auto made = value_of(packet(Ethernet{}, Ipv4{}, Udp{}, "payload"));
  ASSERT_EQ(made.size(), 14U + 20 + 8 + 7);
  EXPECT_EQ(hex(made, 0, 14), "0200000000020200000000010800");
  EXPECT_EQ(hex(made, 14, 10), "45000023000000004011");
  EXPECT_EQ(hex(made, 26, 8), "0a0000010a000002");
  EXPECT_EQ(hex(made, 34, 6), "9c400035000f");
  EXPECT_EQ(hex(made, 42, 7), "7061796c6f6164");
  const auto ip = std::span(made).subspan(14, 20);
  EXPECT_EQ(internet_checksum(ip), 0U);
}

// RFC 1071, section 3, and a header whose checksum is known (RFC 791's layout).
TEST(Packet, TheChecksumIsThatOfTheInternet) {
  const std::vector<std::byte> words = {std::byte{0x00}, std::byte{0x01}, std::byte{0xf2},
                                        std::byte{0x03}, std::byte{0xf4}, std::byte{0xf5},
                                        std::byte{0xf6}, std::byte{0xf7}};
  EXPECT_EQ(internet_checksum(words), static_cast<std::uint16_t>(~0xddf2));
  EXPECT_EQ(internet_checksum(std::span(words).first(3)), static_cast<std::uint16_t>(~0xf201));
  EXPECT_EQ(internet_checksum({}), 0xffffU);
}

TEST(Packet, WhatIsSetStays) {
  const auto made = value_of(packet(Ethernet{.type = 0x1234},
                                    Ipv4{.protocol = 99, .total_length = 5, .checksum = 0xabcd},
                                    Udp{.length = 1, .checksum = 0}));
  EXPECT_EQ(hex(made, 12, 2), "1234");
  EXPECT_EQ(hex(made, 16, 2), "0005");
  EXPECT_EQ(hex(made, 23, 3), "63abcd");
  EXPECT_EQ(hex(made, 38, 4), "00010000");
}

TEST(Packet, TagsOfVlans) {
  const auto one = value_of(packet(Ethernet{}, Vlan{.id = 5, .priority = 3}, Ipv4{}, Udp{}));
  EXPECT_EQ(hex(one, 12, 6), "810060050800");
  const auto two = value_of(packet(Ethernet{}, Vlan{.id = 100}, Vlan{.id = 0xfff}, Ipv6{}));
  EXPECT_EQ(hex(two, 12, 10),
            "88a800648100"
            "0fff86dd");
  const auto own =
      value_of(packet(Ethernet{}, Vlan{.drop_eligible = true, .tag_type = 0x9100}, Arp{}));
  EXPECT_EQ(hex(own, 12, 6), "910010010806");
}

TEST(Packet, ExtensionHeadersOfIpv6AreChained) {
  const auto made =
      value_of(packet(Ipv6{}, Ipv6Options{.hop_by_hop = true},
                      Ipv6Options{.options = {std::byte{1}, std::byte{3}, {}, {}, {}}},
                      Ipv6Fragment{.identification = 7}, Udp{}));
  EXPECT_EQ(hex(made, 4, 3), "002000");             // 32 bytes; hop by hop
  EXPECT_EQ(hex(made, 40, 8), "3c00010400000000");  // destination options; PadN
  EXPECT_EQ(hex(made, 48, 8), "2c00010300000000");  // fragment; Pad1
  EXPECT_EQ(hex(made, 56, 8), "1100000000000007");
}

TEST(Packet, AChecksumOfZeroIsSentAsOnes) {
  // A datagram whose checksum comes out as 0: its payload makes up for the rest.
  const auto first = value_of(packet(Ipv4{}, Udp{}, Payload(std::vector<std::byte>(2))));
  const auto sum = std::vector(first.begin() + 26, first.begin() + 28);
  const auto made = value_of(packet(Ipv4{}, Udp{}, sum));
  EXPECT_EQ(hex(made, 26, 2), "ffff");
}

TEST(Packet, WhatDoesNotFitIsRefused) {
  expect_refused(packet(Ethernet{}, Tcp{}), "layer 2 of the packet: its checksum is over the addr");
  EXPECT_TRUE(packet(Tcp{.checksum = 1}));
  EXPECT_TRUE(packet(Icmp{}));
  expect_refused(packet(Icmpv6{}), "put Ipv4 or Ipv6 before it");
  expect_refused(packet(Ethernet{}, Vlan{.id = 4096}, Arp{}), "a VLAN's id is 4095 at most");
  expect_refused(packet(Vlan{.priority = 8}), "not 1 and 8");
  expect_refused(packet(Ipv4{.options = std::vector<std::byte>(41)}), "41 bytes of IPv4 options");
  expect_refused(packet(Ipv4{.fragment_offset = 9}), "a multiple of 8, not at 9");
  expect_refused(packet(Ipv6Fragment{.offset = 9}), "a multiple of 8, not at 9");
  expect_refused(packet(Ipv6{.flow_label = 1 << 20}), "it has 20 bits");
  expect_refused(packet(Ipv4{}, Tcp{.options = std::vector<std::byte>(41)}), "TCP options");
  expect_refused(packet(Ipv4{}, Tcp{.data_offset = 16}), "a data offset above 15");
  expect_refused(packet(Ipv6{}, Ipv6Options{.options = std::vector<std::byte>(2047)}), "2046");
  const std::vector<std::byte> most(0xffff);
  expect_refused(packet(Ipv4{}, Udp{}, most), "a datagram of 65543 bytes");
  expect_refused(packet(Ipv4{}, most), "an IPv4 packet of 65555 bytes");
  EXPECT_TRUE(packet(Ipv6{}, most));
  expect_refused(packet(Ipv6{}, Tcp{}, most), "in an IPv6 packet");
}

}  // namespace
}  // namespace skep
