// skep/pcap.hpp: packets from and to capture files, by libpcap: packets that were seen once, for
// test runs, and what a test run left, for tcpdump and Wireshark.
//
// In the target skep::pcap alone: the library itself does not need libpcap.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "skep/result.hpp"

struct pcap;
struct pcap_dumper;

#pragma GCC visibility push(default)
namespace skep {

// What packets of a file begin with: LINKTYPE_* of https://www.tcpdump.org/linktypes.html. A number
// that has no name here is legal.
enum class LinkLayer : std::uint32_t {
  ethernet = 1,
  raw_ip = 101,  // IPv4 or IPv6, without anything before it
};

// One packet of a capture file.
struct CapturedPacket {
  std::chrono::nanoseconds time{0};   // since 1970-01-01, UTC
  std::vector<std::byte> data;        // what was kept of it
  std::uint32_t original_length = 0;  // on the wire; of one to be written, 0 is data.size()
};

namespace detail {
struct PcapClose {
  void operator()(pcap* handle) const noexcept;
  void operator()(pcap_dumper* dumper) const noexcept;
};
}  // namespace detail

// Reads a pcap or pcapng file, packet by packet; stamps in nanoseconds, whatever the file has. A
// pcapng file must have one link type. Move-only; used by one thread at a time.
class PcapReader {
 public:
  // Errors: not_found and what else opening says; bad_input when it is no capture file.
  static Result<PcapReader> open(const std::filesystem::path& path);
  // The bytes of such a file, which are copied.
  static Result<PcapReader> parse(std::span<const std::byte> bytes);

  // What its packets begin with.
  [[nodiscard]] LinkLayer link_layer() const noexcept;

  // Nothing at the end. Errors: bad_input, also for a file that ends within a packet.
  [[nodiscard]] Result<std::optional<CapturedPacket>> next();
  // All that are left.
  [[nodiscard]] Result<std::vector<CapturedPacket>> rest();

 private:
  using Handle = std::unique_ptr<pcap, detail::PcapClose>;
  PcapReader(std::vector<std::byte> bytes, Handle handle) noexcept;

  std::vector<std::byte> bytes_;  // outlives the handle, which reads them
  Handle handle_;
};

// Writes a pcap file with stamps in nanoseconds. Move-only; used by one thread at a time.
class PcapWriter {
 public:
  // Writes over a file that is there. Errors: what opening it says.
  static Result<PcapWriter> create(const std::filesystem::path& path,
                                   LinkLayer link = LinkLayer::ethernet);

  // Errors: limit when the packet has more than 262144 bytes, which readers refuse;
  // invalid_argument for a time before 1970 or after 2106.
  Result<void> write(const CapturedPacket& packet);
  // Errors: what the file system says of all that was written. Without this call the file is
  // written, too, and nobody hears of errors.
  Result<void> close();

 private:
  using Handle = std::unique_ptr<pcap, detail::PcapClose>;
  using Dumper = std::unique_ptr<pcap_dumper, detail::PcapClose>;
  PcapWriter(Handle handle, Dumper dumper) noexcept;

  Handle handle_;
  Dumper dumper_;
};

}  // namespace skep
#pragma GCC visibility pop
