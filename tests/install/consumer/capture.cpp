// A packet into a file and out of it.
#include <cstdio>
#include <cstdlib>
#include <skep/packet.hpp>
#include <skep/pcap.hpp>

namespace {

skep::Result<std::size_t> write_and_read(const char* path) {
  SKEP_TRY(auto bytes,
           skep::packet(skep::Ethernet{}, skep::Ipv4{.destination = "10.0.0.2"}, skep::Udp{}));
  SKEP_TRY(auto writer, skep::PcapWriter::create(path));
  SKEP_CHECK(writer.write({.data = bytes}));
  SKEP_CHECK(std::move(writer).close());
  SKEP_TRY(auto reader, skep::PcapReader::open(path));
  SKEP_TRY(const auto packets, reader.rest());
  return packets.size() == 1 ? packets[0].data.size() : 0;
}

}  // namespace

int main() {
  char path[] = "/tmp/skep-capture-XXXXXX";
  if (::mkstemp(path) < 0) return 1;
  const auto size = write_and_read(path);
  std::remove(path);
  if (!size) std::fputs(size.error().message().c_str(), stderr);
  std::printf("a packet of %zu bytes\n", size.value_or(0));
}
