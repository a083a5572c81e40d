// Capture files; and what tcpdump, which nobody here wrote, says of the packets that we build: it
// verifies lengths and checksums.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "skep/packet.hpp"
#include "skep/pcap.hpp"

namespace skep {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;

class Pcap : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "skep-pcap-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::filesystem::path file(const char* name) { return folder / name; }
  void write(const std::vector<std::vector<std::byte>>& packets,
             LinkLayer link = LinkLayer::ethernet) {
    auto writer = PcapWriter::create(file("out.pcap"), link);
    ASSERT_TRUE(writer) << writer.error().message();
    for (const auto& data : packets) ASSERT_TRUE(writer->write({.data = data}));
    ASSERT_TRUE(writer->close());
  }
  // What tcpdump says of it, one packet a text.
  std::string tcpdump() {
    const auto command = "tcpdump -nn -vvv -e -t -r " + file("out.pcap").native() + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer;
    while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      out.append(buffer.data(), n);
    }
    EXPECT_EQ(::pclose(pipe), 0) << out;
    return out;
  }
  // A packet of which tcpdump says these words, and finds nothing wrong.
  void expect_right(const Result<std::vector<std::byte>>& made, std::vector<std::string> words,
                    LinkLayer link = LinkLayer::ethernet) {
    ASSERT_TRUE(made) << made.error().message();
    write({*made}, link);
    const auto says = tcpdump();
    for (const auto& word : words) EXPECT_THAT(says, HasSubstr(word));
    for (const auto* wrong : {"bad", "incorrect", "wrong", "trunc", "missing", "invalid", "[|"}) {
      EXPECT_THAT(says, Not(HasSubstr(wrong)));
    }
  }

  std::filesystem::path folder;
};

TEST_F(Pcap, TcpdumpFindsIpv4Right) {
  expect_right(packet(Ethernet{}, Ipv4{}, Tcp{.flags = {.syn = true}}),
               {"02:00:00:00:00:01 > 02:00:00:00:00:02", "(correct)", "Flags [S]",
                "10.0.0.1.40000 > 10.0.0.2.80", "length 0"});
  expect_right(
      packet(Ethernet{}, Ipv4{.ttl = 3, .dont_fragment = true},
             Tcp{.sequence = 5, .acknowledgement = 6, .flags = {.psh = true, .ack = true}}, "odd"),
      {"ttl 3", "flags [DF]", "Flags [P.]", "(correct)", "seq 5:8, ack 6", "length 3"});
  expect_right(packet(Ethernet{}, Ipv4{}, Udp{.destination_port = 9}, "some text"),
               {"[udp sum ok]", "UDP, length 9"});
  expect_right(packet(Ethernet{}, Ipv4{}, Icmp{}, "echo?"),
               {"ICMP echo request, id 1, seq 1, length 13"});
  const std::vector<std::byte> mss = {std::byte{2}, std::byte{4}, std::byte{5}, std::byte{0xb4},
                                      std::byte{1}};
  expect_right(packet(Ethernet{}, Ipv4{.options = {std::byte{0x94}, std::byte{4}, {}, {}}},
                      Tcp{.flags = {.syn = true}, .options = mss}),
               {"options (RA)", "(correct)", "options [mss 1460,nop,eol]"});
}

TEST_F(Pcap, TcpdumpFindsIpv6Right) {
  expect_right(packet(Ethernet{}, Ipv6{.flow_label = 0x12345}, Tcp{.flags = {.fin = true}}, "1"),
               {"flowlabel 0x12345", "(correct)", "fd00::1.40000 > fd00::2.80", "length 1"});
  expect_right(packet(Ethernet{}, Ipv6{}, Udp{.destination_port = 9}, "text"), {"[udp sum ok]"});
  expect_right(packet(Ethernet{}, Ipv6{}, Icmpv6{}, "1"),
               {"[icmp6 sum ok]", "echo request, id 1, seq 1"});
  expect_right(packet(Ethernet{}, Ipv6{}, Ipv6Options{.hop_by_hop = true}, Ipv6Options{},
                      Ipv6Fragment{.identification = 9}, Udp{.destination_port = 9}, "text"),
               {"HBH", "DSTOPT", "frag (0x00000009:0|12)"});
  expect_right(packet(Ethernet{}, Ipv6{}, Ipv6Options{}, Udp{.destination_port = 9}, "text"),
               {"DSTOPT", "[udp sum ok]"});
}

TEST_F(Pcap, TcpdumpFindsLinkLayersAndTunnelsRight) {
  expect_right(packet(Ethernet{}, Arp{}), {"Request who-has 10.0.0.2 tell 10.0.0.1"});
  expect_right(
      packet(Ethernet{}, Vlan{.id = 12, .priority = 2}, Ipv4{}, Udp{.destination_port = 9}),
      {"802.1Q (0x8100)", "vlan 12, p 2", "[udp sum ok]"});
  expect_right(
      packet(Ethernet{}, Vlan{.id = 12}, Vlan{.id = 13}, Ipv6{}, Udp{.destination_port = 9}),
      {"802.1Q-QinQ (0x88a8)", "vlan 12", "vlan 13", "[udp sum ok]"});
  expect_right(packet(Ethernet{}, Ipv4{}, Ipv6{}, Tcp{.flags = {.rst = true}}),
               {"proto IPv6 (41)", "Flags [R]", "(correct)"});
  expect_right(packet(Ipv4{}, Udp{.destination_port = 9}, "raw"), {"[udp sum ok]"},
               LinkLayer::raw_ip);
}

// That the oracle would notice.
TEST_F(Pcap, TcpdumpFindsWrongOnesWrong) {
  write({packet(Ethernet{}, Ipv4{}, Udp{.destination_port = 9, .checksum = 1}, "x").value(),
         packet(Ethernet{}, Ipv4{.checksum = 1}, Tcp{.checksum = 1}).value(),
         packet(Ethernet{}, Ipv6{}, Icmpv6{.checksum = 1}).value(),
         packet(Ethernet{}, Ipv4{}, Icmp{.checksum = 1}).value()});
  EXPECT_THAT(tcpdump(), testing::AllOf(HasSubstr("bad udp cksum"), HasSubstr("bad cksum 1"),
                                        HasSubstr("(incorrect"), HasSubstr("bad icmp6 cksum"),
                                        HasSubstr("wrong icmp cksum")));
}

TEST_F(Pcap, WhatIsWrittenIsRead) {
  auto writer = PcapWriter::create(file("out.pcap"), LinkLayer::raw_ip);
  ASSERT_TRUE(writer);
  const std::vector<std::byte> data(100, std::byte{0x45});
  ASSERT_TRUE(writer->write({.time = nanoseconds(1'700'000'000'123'456'789), .data = data}));
  ASSERT_TRUE(writer->write({.time = nanoseconds(7), .data = {}, .original_length = 5000}));
  const auto large = writer->write({.data = std::vector<std::byte>(262145)});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind(), ErrorKind::limit);
  EXPECT_FALSE(writer->write({.time = nanoseconds(-1)}));
  ASSERT_TRUE(writer->close());
  ASSERT_TRUE(writer->close());
  EXPECT_FALSE(writer->write({.data = data}));
  auto reader = PcapReader::open(file("out.pcap"));
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->link_layer(), LinkLayer::raw_ip);
  const auto all = reader->rest();
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].time, nanoseconds(1'700'000'000'123'456'789));
  EXPECT_EQ((*all)[0].data, data);
  EXPECT_EQ((*all)[0].original_length, 100U);
  EXPECT_EQ((*all)[1].time, nanoseconds(7));
  EXPECT_EQ((*all)[1].original_length, 5000U);
}

std::vector<std::byte> bytes_of_words(std::initializer_list<std::uint32_t> words) {
  std::vector<std::byte> out;
  for (const auto word : words) {
    const auto bytes = std::as_bytes(std::span(&word, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

// A section, an interface (Ethernet, stamps of 10^-9 s), a packet of four bytes (the pcapng draft,
// draft-ietf-opsawg-pcapng, section 4).
std::vector<std::byte> pcapng() {
  return bytes_of_words(
      {0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff, 28,      //
       1,          32, 1,          0,          0x00010009, 9,          0,  32,  //
       6,          36, 0,          0x17979cfe, 0x36e8c915, 4,          60, 0xddccbbaa, 36});
}

TEST_F(Pcap, PcapngIsReadWithItsNanoseconds) {
  auto reader = PcapReader::parse(pcapng());
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->link_layer(), LinkLayer::ethernet);
  const auto packet = reader->next();
  ASSERT_TRUE(packet && *packet);
  EXPECT_EQ((*packet)->time.count(), 0x17979cfe'36e8c915);
  EXPECT_EQ((*packet)->data, bytes_of_words({0xddccbbaa}));
  EXPECT_EQ((*packet)->original_length, 60U);
  const auto end = reader->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST_F(Pcap, MicrosecondsBecomeNanoseconds) {
  auto reader = PcapReader::parse(
      bytes_of_words({0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1, 100, 5, 4, 4, 0xddccbbaa}));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->rest().value().at(0).time, nanoseconds(100'000'005'000));
}

TEST_F(Pcap, WhatIsNoCaptureFileIsRefused) {
  const auto missing = PcapReader::open(file("missing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
  std::ofstream(file("text")) << "this is a text";
  const auto text = PcapReader::open(file("text"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), ErrorKind::bad_input);
  EXPECT_THAT(text.error().message(), HasSubstr("not a capture file"));
  EXPECT_FALSE(PcapReader::parse({}));
  EXPECT_FALSE(PcapReader::open(folder));
  EXPECT_FALSE(PcapWriter::create(folder / "no" / "folder"));
}

// Cut anywhere, it is an error or the end, and nothing is read that is not there.
TEST_F(Pcap, AFileThatIsCutIsAnError) {
  const auto whole = pcapng();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    auto reader = PcapReader::parse(std::span(whole).first(length));
    if (!reader) continue;
    const auto rest = reader->rest();
    if (length > 60) {
      EXPECT_FALSE(rest) << length;
    }
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto broken = whole;
    broken[at] ^= std::byte{0xff};
    if (auto reader = PcapReader::parse(broken)) static_cast<void>(reader->rest());
  }
  auto late = whole;  // a stamp beyond what nanoseconds can say
  for (std::size_t at = 70; at < 76; ++at) late[at] = std::byte{0xff};
  late[42] = std::byte{0};
  late[48] = std::byte{0};
  if (auto reader = PcapReader::parse(late)) {
    EXPECT_FALSE(reader->rest());
  }
}

}  // namespace
}  // namespace skep
