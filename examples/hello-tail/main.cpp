// Shows the system calls of a process until Ctrl-C, but for those that programs use all the time;
// after SIGUSR1 those, too: entries of the program array come and go while the programs run.
//   hello-tail PID
#include <sys/syscall.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "hello_tail.skel.hpp"  // skep gen hello_tail.bpf.o

namespace {

constexpr std::array<std::uint32_t, 6> ignored = {SYS_read, SYS_write,    SYS_mmap,
                                                  SYS_brk,  SYS_mprotect, SYS_futex};
volatile std::sig_atomic_t caught = 0;

void print(const hello_tail::event& event) {
  constexpr std::array texts = {"Another syscall:", "Executing a program:", "Creating a timer:",
                                "Deleting a timer:", "Using a timer:"};
  std::printf("%s %u\n", texts.at(static_cast<std::size_t>(event.what)), event.syscall);
  std::fflush(stdout);
}

skep::Result<void> show(std::uint32_t pid) {
  SKEP_TRY(auto spec, hello_tail::Spec::open());
  spec.rodata.target_pid = pid;
  SKEP_TRY(const auto object, spec.load());
  const auto& maps = object.maps();
  for (const auto number : ignored) {
    SKEP_CHECK(maps.syscalls.set(number, *object.programs().ignore));
  }
  SKEP_TRY(auto reader, maps.events.reader());
  SKEP_TRY(const auto link, object.programs().on_sys_enter.attach());
  std::fprintf(stderr, "looking; Ctrl-C ends it\n");
  while (caught != SIGINT) {
    SKEP_CHECK(reader.poll(std::chrono::milliseconds(100), print));
    if (caught != SIGUSR1) continue;
    for (const auto number : ignored) SKEP_CHECK(maps.syscalls.erase(number));
    caught = 0;
    std::fprintf(stderr, "nothing is ignored\n");
  }
  reader.drain(print);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  for (const int signal : {SIGINT, SIGUSR1}) std::signal(signal, [](int which) { caught = which; });
  const auto done = show(argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 0);
  if (!done) std::fprintf(stderr, "hello-tail: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
