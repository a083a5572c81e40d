// Classic BPF, translated, beside the kernel's own classic filter and libpcap's compiler.
#include "skep/classic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <memory>
#include <random>

#include "kernel/support.hpp"
#include "kernel/veth.hpp"
#include "skep/assembler.hpp"
#include "skep/packet.hpp"

namespace skep {
namespace {

using assembly::ClassicInsn;
using Bytes = std::vector<std::byte>;

Object load(std::span<const ClassicInsn> filter) {
  return test::must(Object::load(
      test::must(assemble({.programs = {{.name = "classic",
                                         .section = "socket",
                                         .code = test::must(assembly::from_classic(filter))}}}))));
}

// A socket filter begins behind the Ethernet header of a test run: so one more stands in front.
std::uint32_t verdict_of(const Object& object, const Bytes& packet) {
  Bytes data(14);
  data[12] = std::byte{0x88};
  data[13] = std::byte{0xb5};  // a type for experiments
  data.insert(data.end(), packet.begin(), packet.end());
  return test::must(object.programs()[0].run({.data = data})).return_value;
}

sock_fprog program_of(std::span<const ClassicInsn> filter) {
  return {static_cast<unsigned short>(filter.size()),
          reinterpret_cast<sock_filter*>(const_cast<ClassicInsn*>(filter.data()))};
}

// Two ends; what is sent into one goes through the filter of the other.
class ClassicSocket {
 public:
  ClassicSocket() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends_), 0); }
  ClassicSocket(const ClassicSocket&) = delete;
  ClassicSocket& operator=(const ClassicSocket&) = delete;
  ~ClassicSocket() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  // False where the kernel refuses the filter.
  bool attach(std::span<const ClassicInsn> filter) const {
    const auto program = program_of(filter);
    return ::setsockopt(ends_[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
  }
  // How many bytes came through.
  [[nodiscard]] std::size_t keeps(const Bytes& packet) const {
    EXPECT_EQ(::send(ends_[0], packet.data(), packet.size(), 0),
              static_cast<ssize_t>(packet.size()));
    Bytes room(packet.size());
    const auto got = ::recv(ends_[1], room.data(), room.size(), 0);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

 private:
  int ends_[2] = {-1, -1};
};

// Filters that mean nothing, of every instruction there is.
class Random {
 public:
  std::uint32_t below(std::uint32_t end) {
    return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(engine_);
  }
  template <typename T, std::size_t n>
  T one_of(const T (&list)[n]) {
    return list[below(n)];
  }

  std::vector<ClassicInsn> filter() {
    const auto length = 2 + below(24);
    std::vector<ClassicInsn> out;
    // Words that are read before they are written are refused by the kernel.
    for (std::uint32_t i = 0; i < 3; ++i) out.push_back({0x02, 0, 0, i});
    for (std::uint32_t left = length; left > 0; --left) out.push_back(instruction(left));
    out.push_back(below(2) == 0 ? ClassicInsn{0x16} : ClassicInsn{0x06, 0, 0, below(80)});
    return out;
  }

  Bytes packet() {
    Bytes out(1 + below(90));
    for (auto& byte : out) byte = static_cast<std::byte>(below(256));
    return out;
  }

 private:
  std::uint32_t number() {
    static constexpr std::uint32_t odd[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff};
    return below(4) == 0 ? one_of(odd) : below(100);
  }
  std::uint32_t offset() { return below(20) == 0 ? 0x7ffffffe + below(3) : below(70); }

  ClassicInsn instruction(std::uint32_t left) {
    switch (below(6)) {
      case 0:
      case 1:
        return load();
      case 2:
        return {static_cast<std::uint16_t>(below(2) == 0 ? 0x02 : 0x03), 0, 0, below(3)};
      case 3: {
        const auto skip = [&] { return static_cast<std::uint8_t>(below(left)); };
        static constexpr std::uint16_t conditions[] = {0x05, 0x15, 0x1d, 0x25, 0x2d,
                                                       0x35, 0x3d, 0x45, 0x4d};
        const auto code = one_of(conditions);
        if (code == 0x05) return {code, 0, 0, skip()};
        return {code, skip(), skip(), number()};
      }
      case 4:
        return {static_cast<std::uint16_t>(below(2) == 0 ? 0x07 : 0x87)};
      default:
        return arithmetic();
    }
  }
  ClassicInsn load() {
    static constexpr std::uint16_t codes[] = {0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80,
                                              0x00, 0x60, 0x01, 0x61, 0x81, 0xb1};
    const auto code = one_of(codes);
    const auto mode = code & 0xe0;
    if (mode == 0x60) return {code, 0, 0, below(3)};
    if (mode == 0x00) return {code, 0, 0, number()};
    if (code == 0x20 && below(8) == 0) return {code, 0, 0, 0xfffff028};  // A ^= X
    return {code, 0, 0, offset()};
  }
  ClassicInsn arithmetic() {
    static constexpr std::uint16_t operations[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50,
                                                   0x60, 0x70, 0x80, 0x90, 0xa0};
    const auto operation = one_of(operations);
    const bool by_x = operation != 0x80 && below(2) == 0;
    const bool shifts = operation == 0x60 || operation == 0x70;
    return {static_cast<std::uint16_t>(0x04 | operation | (by_x ? 8 : 0)), 0, 0,
            shifts ? below(32) : number() | 1U};
  }

  std::mt19937 engine_{1};
};

std::string text_of(std::span<const ClassicInsn> filter) {
  std::string out;
  for (const auto& insn : filter) {
    out += fmt::format("{{{:#x}, {}, {}, {:#x}}},\n", insn.code, insn.jt, insn.jf, insn.k);
  }
  return out;
}

// As many bytes get through as through the kernel's own filter: a verdict of 0 drops the packet.
TEST(Classic, DecidesAsTheKernelDoes) {
  Random random;
  const ClassicSocket socket;
  std::size_t compared = 0, kept = 0;
  for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
    const auto filter = random.filter();
    ASSERT_TRUE(socket.attach(filter)) << std::strerror(errno) << "\n" << text_of(filter);
    const Object object = load(filter);
    for (int j = 0; j < 8; ++j) {
      const auto packet = random.packet();
      const auto verdict = std::min<std::size_t>(verdict_of(object, packet), packet.size());
      const auto expected = socket.keeps(packet);
      EXPECT_EQ(verdict, expected) << text_of(filter);
      ++compared;
      kept += expected > 0 ? 1 : 0;
    }
  }
  // Most filters must get to an end that keeps something, or nothing was compared.
  EXPECT_GT(kept, compared / 10);
}

// What the kernel knows of a packet besides its bytes.
TEST(Classic, ReadsWhatIsKnownOfThePacket) {
  const auto value_of = [](std::uint32_t what) {
    const ClassicInsn filter[] = {{0x20, 0, 0, 0xfffff000 + what}, {0x16}};
    return load(filter);
  };
  const Bytes packet(20);
  EXPECT_EQ(verdict_of(value_of(0), packet), 0x88b5U);  // protocol
  EXPECT_EQ(verdict_of(value_of(8), packet), 1U);       // interface: that of test runs is lo
  for (const std::uint32_t what : {4U, 20U, 24U, 32U, 44U, 48U, 60U}) {
    EXPECT_EQ(verdict_of(value_of(what), packet), 0U) << what;
  }
  EXPECT_LT(verdict_of(value_of(36), packet), 4096U);   // CPU
  static_cast<void>(verdict_of(value_of(56), packet));  // random
}

// What tcpdump compiles, against libpcap's own machine.
TEST(Classic, DecidesAsLibpcapDoes) {
  const Bytes packets[] = {
      packet(Ethernet{}, Ipv4{}, Tcp{}, Payload("GET / HTTP/1.1")).value(),
      packet(Ethernet{}, Ipv4{.options = Bytes(8)}, Tcp{.flags = {.syn = true}}).value(),
      packet(Ethernet{}, Ipv4{.source = "10.0.0.9"}, Udp{}, Payload("x")).value(),
      packet(Ethernet{}, Ipv4{}, Icmp{}).value(),
      packet(Ethernet{}, Ipv6{}, Udp{.destination_port = 80}).value(),
      packet(Ethernet{}, Vlan{.id = 7}, Ipv4{}, Tcp{}).value(),
      packet(Ethernet{}, Arp{}).value(),
      Bytes(15),
  };
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(pcap_open_dead(DLT_EN10MB, 65535),
                                                          pcap_close);
  std::size_t accepted = 0;
  for (const char* expression :
       {"ip", "tcp port 80", "port 80", "host 10.0.0.9 or icmp", "tcp[tcpflags] & tcp-syn != 0",
        "ip6 and udp", "arp", "greater 60", "ether[0] & 2 = 2", "not ip and len < 100",
        "ip[2:2] - ((ip[0] & 0xf) << 2) > 25", "src net 10.0.0.0/29 and dst portrange 50-90"}) {
    bpf_program compiled{};
    ASSERT_EQ(pcap_compile(handle.get(), &compiled, expression, 1, PCAP_NETMASK_UNKNOWN), 0);
    const auto* insns = reinterpret_cast<const ClassicInsn*>(compiled.bf_insns);
    const Object object = load({insns, compiled.bf_len});
    for (const auto& bytes : packets) {
      pcap_pkthdr header{};
      header.caplen = header.len = static_cast<bpf_u_int32>(bytes.size());
      const auto* start = reinterpret_cast<const unsigned char*>(bytes.data());
      const auto expected = pcap_offline_filter(&compiled, &header, start);
      EXPECT_EQ(verdict_of(object, bytes), static_cast<std::uint32_t>(expected)) << expression;
      accepted += expected != 0 ? 1 : 0;
    }
    pcap_freecode(&compiled);
  }
  EXPECT_GT(accepted, 20U);
}

// E1, on a socket that sees every frame of a card: only those of EtherType IP arrive.
using ClassicOnTheWire = test::OwnNetwork;
TEST_F(ClassicOnTheWire, FourInstructionsAcceptIpv4Alone) {
  constexpr ClassicInsn filter[] = {
      {0x28, 0, 0, 12}, {0x15, 0, 1, 0x800}, {0x06, 0, 0, 262144}, {0x06, 0, 0, 0}};
  const test::Veth veth;
  const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)));
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = veth.far;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
  const Object object = load(filter);
  const auto link = test::must(object.programs()[0].attach(Socket{.fd = socket.get()}));
  std::array<unsigned char, 2048> frame{};
  while (::recv(socket.get(), frame.data(), frame.size(), 0) > 0) {
  }
  const auto send = [&](const Result<Bytes>& bytes) {
    std::vector<std::uint8_t> out(bytes->size());
    std::memcpy(out.data(), bytes->data(), out.size());
    veth.send_frame(out);
  };
  send(packet(Ethernet{}, Arp{}));
  send(packet(Ethernet{}, Ipv6{}, Udp{}));
  send(packet(Ethernet{}, Ipv4{}, Udp{}, Payload("last")));
  bool has_last = false;
  EXPECT_TRUE(test::eventually([&] {
    const auto got = ::recv(socket.get(), frame.data(), frame.size(), 0);
    if (got <= 14) return false;
    EXPECT_EQ(frame[12] << 8 | frame[13], 0x800);
    const std::string_view text(reinterpret_cast<const char*>(frame.data()),
                                static_cast<std::size_t>(got));
    has_last = text.find("last") != text.npos;
    return has_last;
  }));
}

}  // namespace
}  // namespace skep
