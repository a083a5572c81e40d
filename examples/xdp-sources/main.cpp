// Counts IPv4 packets by their source until Ctrl-C, then prints them, the most first. The map is
// pinned, so that read.cpp, or the next process, reads on.
//   xdp-sources INTERFACE PIN
#include <arpa/inet.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "xdp_sources.skel.hpp"  // skep gen xdp_sources.bpf.o

namespace {

skep::Result<void> count(const char* interface, const char* pin, const sigset_t& stop) {
  SKEP_TRY(const auto spec, xdp_sources::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  const auto& sources = object.maps().sources;  // skep::Hash<std::uint32_t, std::uint64_t>
  SKEP_CHECK(sources.map().pin(pin));
  SKEP_TRY(const auto link, object.programs().count_sources.attach(skep::Xdp{interface}));
  std::fprintf(stderr, "counting; Ctrl-C ends it\n");
  int signal = 0;
  sigwait(&stop, &signal);

  SKEP_TRY(auto entries, sources.entries());
  std::ranges::sort(entries, std::greater(), [](const auto& entry) { return entry.second; });
  for (const auto& [source, packets] : entries) {
    std::printf("%-15s %8llu\n", inet_ntoa({source}), static_cast<unsigned long long>(packets));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: xdp-sources INTERFACE PIN\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = count(argv[1], argv[2], stop);
  if (!done) std::fprintf(stderr, "xdp-sources: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
