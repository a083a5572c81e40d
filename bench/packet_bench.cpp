// What a packet costs in a test run, by skep and by libbpf: the same program, so the calls around
// it are all that may differ. As root. Usage: packet_bench PACKETS.bpf.o
#include <bpf/bpf.h>

#include <cstdint>
#include <vector>

#include "ratio.hpp"
#include "skep/object.hpp"
#include "skep/packet.hpp"

namespace {

using namespace skep;
using bench::must;

constexpr std::uint32_t packets = 200'000;

bool compare(const Object& object, const char* name, const std::vector<std::byte>& packet) {
  const Program& program = *must(object.program(name));
  return bench::compare(
      {.name = name, .operations = packets, .goal = 1.05, .rounds = 15}, [] {},
      [&] { must(program.run({.data = packet, .repeat = packets})); },
      [&] {
        bpf_test_run_opts options{};
        options.sz = sizeof(options);
        options.data_in = packet.data();
        options.data_size_in = static_cast<std::uint32_t>(packet.size());
        options.repeat = static_cast<int>(packets);
        if (bpf_prog_test_run_opts(program.fd(), &options) != 0) bench::give_up("libbpf's run");
      });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) bench::give_up("packet_bench PACKETS.bpf.o");
  const auto object = must(Object::load(must(ObjectSpec::open(argv[1]))));
  const auto bytes =
      must(skep::packet(Ethernet{}, Ipv4{}, Udp{}, Payload("of some length: 64 bytes")));
  bool good = compare(object, "drop", bytes);
  good &= compare(object, "parse_and_count", bytes);
  return good ? 0 : 1;
}
