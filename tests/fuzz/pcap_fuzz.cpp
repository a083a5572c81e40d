// A capture file, any bytes: packets come out whole or not at all, and reading ends.
#include <cstdint>
#include <span>
#include <vector>

#include "skep/pcap.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::byte> copy(reinterpret_cast<const std::byte*>(data),
                                    reinterpret_cast<const std::byte*>(data) + size);
  auto reader = skep::PcapReader::parse(copy);
  if (!reader) return 0;
  // A packet has a header of 16 bytes at least.
  for (std::size_t left = size / 16 + 1; left > 0; --left) {
    const auto packet = reader->next();
    if (!packet || !*packet) return 0;
    if ((*packet)->data.size() > size) __builtin_trap();
  }
  __builtin_trap();
}
