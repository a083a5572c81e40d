// A filter of classic BPF, in the four instructions that tcpdump makes of "ip", translated and put
// on a socket that sees every frame: only those of EtherType IP (0x800) arrive.
//   classic-filter INTERFACE COUNT
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <skep/skep.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

// tcpdump -dd ip: code, how many to skip when true and when not, a number.
constexpr skep::assembly::ClassicInsn only_ip[] = {
    {0x28, 0, 0, 12},      // ldh [12]
    {0x15, 0, 1, 0x800},   // jeq #0x800, L1, L2
    {0x06, 0, 0, 262144},  // L1: ret #262144
    {0x06, 0, 0, 0},       // L2: ret #0
};

skep::Result<void> show(const char* interface, long count) {
  const skep::Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  SKEP_TRY(auto code, skep::assembly::from_classic(only_ip));
  SKEP_TRY(auto spec,
           skep::assemble(
               {.programs = {{.name = "only_ip", .section = "socket", .code = std::move(code)}}}));
  SKEP_TRY(const auto object, skep::Object::load(std::move(spec)));
  SKEP_TRY(const auto link, object.programs()[0].attach(skep::Socket{.fd = socket.get()}));
  // It receives from now on: the filter is there already.
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0) {
    return std::unexpected(skep::Error::from_errno(errno, "listen on " + std::string(interface)));
  }
  std::fprintf(stderr, "listening\n");
  for (unsigned char frame[2048]; count > 0; --count) {
    const auto length = ::recv(socket.get(), frame, sizeof(frame), 0);
    std::printf("EtherType %04x, %zd bytes\n", frame[12] << 8 | frame[13], length);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: classic-filter INTERFACE COUNT\n"), 2;
  const auto done = show(argv[1], std::strtol(argv[2], nullptr, 10));
  if (!done) std::fprintf(stderr, "classic-filter: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
