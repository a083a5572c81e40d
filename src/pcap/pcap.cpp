#include "skep/pcap.hpp"

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace skep {
namespace {

constexpr std::uint32_t most_bytes = 262144;  // MAXIMUM_SNAPLEN of libpcap, and of what reads files

// In files raw IP is 101 everywhere; in libpcap it is another number on each system.
int to_libpcap(LinkLayer link) noexcept {
  return link == LinkLayer::raw_ip ? DLT_RAW : static_cast<int>(link);
}

struct FileClose {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileClose>;

// Takes the file, whatever comes of it.
Result<pcap_t*> open_stream(File file) {
  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* handle =
      ::pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO, error);
  if (handle == nullptr) return fail(ErrorKind::bad_input, "not a capture file: {}", error);
  static_cast<void>(file.release());  // closed with the handle
  return handle;
}

}  // namespace

namespace detail {
void PcapClose::operator()(pcap* handle) const noexcept { ::pcap_close(handle); }
void PcapClose::operator()(pcap_dumper* dumper) const noexcept { ::pcap_dump_close(dumper); }
}  // namespace detail

PcapReader::PcapReader(std::vector<std::byte> bytes, Handle handle) noexcept
    : bytes_(std::move(bytes)), handle_(std::move(handle)) {}

Result<PcapReader> PcapReader::open(const std::filesystem::path& path) {
  File file(std::fopen(path.c_str(), "rbe"));
  if (!file) return fail_errno(errno, "open {}", path.native());
  auto handle = open_stream(std::move(file));
  if (!handle) return add_context(std::move(handle).error(), "open {}", path.native());
  return PcapReader({}, Handle(*handle));
}

Result<PcapReader> PcapReader::parse(std::span<const std::byte> bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  if (copy.empty()) return fail(ErrorKind::bad_input, "not a capture file: it is empty");
  File file(::fmemopen(copy.data(), copy.size(), "rb"));
  if (!file) return fail_errno(errno, "read {} bytes", copy.size());
  SKEP_TRY(pcap_t * handle, open_stream(std::move(file)));
  return PcapReader(std::move(copy), Handle(handle));
}

LinkLayer PcapReader::link_layer() const noexcept {
  const int link = ::pcap_datalink(handle_.get());
  return link == DLT_RAW ? LinkLayer::raw_ip : static_cast<LinkLayer>(link);
}

Result<std::optional<CapturedPacket>> PcapReader::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int result = ::pcap_next_ex(handle_.get(), &header, &data);
  if (result == PCAP_ERROR_BREAK) return std::nullopt;
  if (result != 1) {
    return fail(ErrorKind::bad_input, "read a packet: {}", ::pcap_geterr(handle_.get()));
  }
  // What 64 bits of nanoseconds reach.
  constexpr std::int64_t most_seconds = INT64_MAX / 1'000'000'000 - 1;
  const std::int64_t seconds = header->ts.tv_sec;
  if (seconds > most_seconds || seconds < -most_seconds || header->ts.tv_usec < 0 ||
      header->ts.tv_usec > 1'000'000'000) {
    return fail(ErrorKind::bad_input, "read a packet: its stamp is second {}", seconds);
  }
  CapturedPacket out;
  // The handle has nanoseconds in place of microseconds.
  out.time = std::chrono::seconds(seconds) + std::chrono::nanoseconds(header->ts.tv_usec);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  out.data.assign(bytes, bytes + header->caplen);
  out.original_length = header->len;
  return out;
}

Result<std::vector<CapturedPacket>> PcapReader::rest() {
  std::vector<CapturedPacket> out;
  for (;;) {
    SKEP_TRY(auto packet, next());
    if (!packet) return out;
    out.push_back(*std::move(packet));
  }
}

PcapWriter::PcapWriter(Handle handle, Dumper dumper) noexcept
    : handle_(std::move(handle)), dumper_(std::move(dumper)) {}

Result<PcapWriter> PcapWriter::create(const std::filesystem::path& path, LinkLayer link) {
  Handle handle(::pcap_open_dead_with_tstamp_precision(to_libpcap(link), most_bytes,
                                                       PCAP_TSTAMP_PRECISION_NANO));
  if (!handle) return fail(ErrorKind::limit, "no memory to write {}", path.native());
  File file(std::fopen(path.c_str(), "wbe"));
  if (!file) return fail_errno(errno, "create {}", path.native());
  Dumper dumper(::pcap_dump_fopen(handle.get(), file.get()));
  if (!dumper) {
    return fail(ErrorKind::invalid_argument, "create {}: {}", path.native(),
                ::pcap_geterr(handle.get()));
  }
  static_cast<void>(file.release());  // closed with the dumper
  return PcapWriter(std::move(handle), std::move(dumper));
}

Result<void> PcapWriter::write(const CapturedPacket& packet) {
  if (!dumper_) return fail(ErrorKind::invalid_argument, "write a packet: the file is closed");
  if (packet.data.size() > most_bytes) {
    return fail(ErrorKind::limit, "write a packet of {} bytes: more than {} are in no capture file",
                packet.data.size(), most_bytes);
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(packet.time);
  if (seconds.count() < 0 || seconds.count() > 0xffff'ffff) {
    return fail(ErrorKind::invalid_argument,
                "write a packet of second {}: the file's stamps are from 1970 to 2106",
                seconds.count());
  }
  pcap_pkthdr header{};
  header.ts.tv_sec = seconds.count();
  header.ts.tv_usec = (packet.time - seconds).count();
  header.caplen = static_cast<std::uint32_t>(packet.data.size());
  header.len = packet.original_length != 0 ? packet.original_length : header.caplen;
  ::pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header,
              reinterpret_cast<const u_char*>(packet.data.data()));
  return {};
}

Result<void> PcapWriter::close() {
  if (!dumper_) return {};
  const bool failed =
      ::pcap_dump_flush(dumper_.get()) != 0 || std::ferror(::pcap_dump_file(dumper_.get())) != 0;
  const int code = errno;
  dumper_.reset();
  if (failed) return fail_errno(code, "write a capture file");
  return {};
}

}  // namespace skep
