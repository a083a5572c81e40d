// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A process with functions of known names: worker SECONDS [WHAT]. It calls getpgid(2), which few do,
// computes and sleeps, until its time is over or standard input ends.
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdlib>

#define KEPT __attribute__((noinline, noclone))

// A call without libc's function between, which has no frame pointer to follow.
extern "C" KEPT long enter_kernel(long number, long a, long b, long c) {
  long result;
  asm volatile("" : : "r"(__builtin_frame_address(0)));  // else it has no frame, being a leaf
#ifdef __x86_64__
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
#error "worker.cc: how does this architecture enter its kernel?"
#endif
  return result;
}

extern "C" KEPT void* make_block(unsigned long size) {
  asm volatile("" : "+r"(size)::"memory");
  return reinterpret_cast<void*>(size * 16);
}

namespace work {

class Engine {
 public:
  KEPT int turn(int times);
  KEPT int burn(int times);
};

KEPT int Engine::burn(int times) {
  volatile int sum = 0;
  for (int i = 0; i < times; ++i) sum = sum + i;
  return sum;
}

KEPT int Engine::turn(int times) {
  const timespec moment = {0, 2'000'000};
  int sum = burn(times);
  sum += static_cast<int>(enter_kernel(SYS_getpgid, 0, 0, 0));
  sum += static_cast<int>(enter_kernel(SYS_nanosleep, reinterpret_cast<long>(&moment), 0, 0));
  return sum + static_cast<int>(reinterpret_cast<long>(make_block(4096)));
}

template <typename T>
KEPT int outer(T& engine, int times) {
  return engine.turn(times) + 1;
}

}  // namespace work

int main(int argc, char** argv) {
  work::Engine engine;
  const time_t end = time(nullptr) + (argc > 1 ? atoi(argv[1]) : 10);
  int sum = 0;
  pollfd input = {0, 0, 0};
  while (time(nullptr) < end && poll(&input, 1, 0) == 0) sum += work::outer(engine, 2'000'000);
  return sum == 0;
}
