// Counts the packets that a control group's processes send, until Ctrl-C.
//   cgroup-egress /sys/fs/cgroup/GROUP
#include <csignal>
#include <cstdio>

#include "cgroup_egress.skel.hpp"  // skep gen cgroup_egress.bpf.o

namespace {

skep::Result<void> count(const char* group, const sigset_t& stop) {
  SKEP_TRY(const auto spec, cgroup_egress::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto link, object.programs().count.attach(skep::Cgroup{group}));
  std::fprintf(stderr, "counting; Ctrl-C ends it\n");
  int signal = 0;
  sigwait(&stop, &signal);
  SKEP_TRY(const auto sent, object.maps().packets.lookup(0));
  std::printf("Sent %llu packets\n", static_cast<unsigned long long>(sent.value_or(0)));
  return {};  // the link goes out of scope, and the program off the group
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: cgroup-egress GROUP\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = count(argv[1], stop);
  if (!done) std::fprintf(stderr, "cgroup-egress: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
