// NAME: counts the IPv4 packets that an interface receives, by protocol, until Ctrl-C. The kernel's
// side is NAME.bpf.c.
#include <netdb.h>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "NAME.skel.hpp"  // made by the build: skep gen NAME.bpf.o

namespace {

void show(std::uint32_t protocol, std::uint64_t packets) {
  const protoent* known = ::getprotobynumber(static_cast<int>(protocol));
  if (packets == 0) return;
  std::printf("  %s %llu", known != nullptr ? known->p_name : "?",
              static_cast<unsigned long long>(packets));
}

skep::Result<void> count(const char* interface, const sigset_t& stop) {
  SKEP_TRY(const auto spec, NAME::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  const auto& packets = object.maps().packets;  // skep::PerCpuArray<std::uint64_t>
  SKEP_TRY(const auto link, object.programs().count_packets.attach(skep::Xdp{interface}));
  std::printf("counting on %s\n", interface);
  std::fflush(stdout);
  constexpr timespec second = {1, 0};
  for (int signal = -1; signal < 0;) {
    signal = ::sigtimedwait(&stop, nullptr, &second);
    SKEP_CHECK(packets.for_each([](std::uint32_t protocol, const auto& each) {  // of every CPU
      show(protocol, each.sum());
    }));
    std::printf("\n");
    std::fflush(stdout);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: NAME INTERFACE\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = count(argv[1], stop);
  if (done) return 0;
  std::fprintf(stderr, "NAME: %s\n", done.error().message().c_str());
  for (const auto& hint : done.error().hints()) std::fprintf(stderr, "  %s\n", hint.c_str());
  return 1;
}
