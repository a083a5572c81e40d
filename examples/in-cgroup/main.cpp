// Prints the programs that are started inside a control group, until Ctrl-C.
//   in-cgroup /sys/fs/cgroup/GROUP
#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <skep/fd.hpp>

#include "in_cgroup.skel.hpp"  // skep gen in_cgroup.bpf.o

namespace {

volatile std::sig_atomic_t is_over = 0;
void end(int) { is_over = 1; }

void print(const in_cgroup::event& event) {
  std::printf("%7u %-16s %s\n", event.pid, event.comm, event.path);
}

skep::Result<void> watch(const char* group) {
  SKEP_TRY(const auto spec, in_cgroup::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  {
    // The map holds the group from here on; the descriptor has done its work.
    const skep::Fd directory(open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return std::unexpected(skep::Error::from_errno(errno, group));
    SKEP_CHECK(object.maps().groups.set(0, directory.get()));
  }
  SKEP_TRY(auto events, object.maps().events.reader());
  SKEP_TRY(auto links, object.attach());
  std::fprintf(stderr, "watching; Ctrl-C ends it\n");
  while (!is_over) SKEP_CHECK(events.poll(std::chrono::milliseconds(100), print));
  skep::detach_all(std::move(links));
  events.drain(print);  // what came before the end
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: in-cgroup GROUP\n"), 2;
  std::signal(SIGINT, end);
  const auto done = watch(argv[1]);
  if (!done) std::fprintf(stderr, "in-cgroup: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
