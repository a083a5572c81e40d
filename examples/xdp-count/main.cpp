// Says once a second how many packets an interface has received since it began, until Ctrl-C.
//   xdp-count INTERFACE
#include <time.h>

#include <csignal>
#include <cstdio>

#include "xdp_count.skel.hpp"  // skep gen xdp_count.bpf.o

namespace {

skep::Result<void> count(const char* interface, const sigset_t& stop) {
  SKEP_TRY(const auto spec, xdp_count::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto link, object.programs().count.attach(skep::Xdp{interface}));
  const auto& packets = object.maps().packets;  // skep::Array<std::uint64_t>
  std::fprintf(stderr, "counting; Ctrl-C ends it\n");
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  for (bool is_over = false; !is_over;) {
    is_over = sigtimedwait(&stop, nullptr, &second) >= 0;
    SKEP_TRY(const auto received, packets.lookup(0));
    std::printf("Received %llu packets\n", static_cast<unsigned long long>(received.value_or(0)));
    std::fflush(stdout);
  }
  return {};  // the link goes out of scope, and the program off the interface
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: xdp-count INTERFACE\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = count(argv[1], stop);
  if (!done) std::fprintf(stderr, "xdp-count: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
