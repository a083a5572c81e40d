// Runs a program on each packet of a capture file: what it decides, what the packet begins with
// afterwards, and how long it takes, of a hundred runs.
//   test-run PACKETS.pcap
#include <array>
#include <cstdio>
#include <skep/introspect.hpp>
#include <skep/pcap.hpp>
#include <string>

#include "mac_swap.skel.hpp"  // skep gen mac_swap.bpf.o

namespace {

constexpr std::array verdicts = {"ABORTED", "DROP", "PASS", "TX", "REDIRECT"};

std::string beginning_of(std::span<const std::byte> packet) {
  std::string out;
  for (const auto byte : packet.first(std::min<std::size_t>(packet.size(), 14))) {
    std::array<char, 4> text{};
    std::snprintf(text.data(), text.size(), "%02x ", static_cast<unsigned>(byte));
    out += text.data();
  }
  return out;
}

skep::Result<void> run(const char* file) {
  SKEP_TRY(auto packets, skep::PcapReader::open(file));
  SKEP_TRY(const auto spec, mac_swap::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto counting, skep::RunStatistics::enable());
  const skep::Program& program = *object.programs().mac_swap;
  for (;;) {
    SKEP_TRY(const auto packet, packets.next());
    if (!packet) break;
    SKEP_TRY(const auto result, program.run({.data = packet->data}));
    // What one of many runs changes, the next sees changed: these are for the time alone.
    SKEP_TRY(const auto many, program.run({.data = packet->data, .repeat = 100}));
    std::printf("%s %lld ns %zu bytes: %s\n", verdicts.at(result.return_value),
                static_cast<long long>(many.duration.count()), result.data.size(),
                beginning_of(result.data).c_str());
  }
  SKEP_TRY(const auto info, program.info());
  const auto runs = info.run_count;
  std::printf("%llu runs, %llu ns each\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(runs == 0 ? 0 : info.run_time_ns / runs));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: test-run PACKETS.pcap\n"), 2;
  const auto done = run(argv[1]);
  if (!done) std::fprintf(stderr, "test-run: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
