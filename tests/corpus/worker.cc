// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A process with functions of known names: worker SECONDS [jit]. It calls getpgid(2), which few do,
// computes and sleeps, until its time is over or something comes from standard input, or its end.
// With `jit` a function that it makes in memory calls getpgid, too, and is named as compilers do it.
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define KEPT __attribute__((noinline, noclone))

// A call without libc's function between, which has no frame pointer to follow.
extern "C" KEPT long enter_kernel(long number, long a, long b, long c) {
  long result;
  asm volatile("" : : "r"(__builtin_frame_address(0)));  // else it has no frame, being a leaf
#ifdef __x86_64__
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else  // arm64
  register long first asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long call asm("x8") = number;
  asm volatile("svc 0" : "+r"(first) : "r"(second), "r"(third), "r"(call) : "memory");
  result = first;
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

using Compiled = int (*)();

// push %rbp; mov %rsp,%rbp; mov $121,%eax (getpgid); xor %edi,%edi; syscall; pop %rbp; ret
static Compiled compile() {
  constexpr unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xb8, 0x79, 0, 0,
                                    0,    0x31, 0xff, 0x0f, 0x05, 0x5d, 0xc3};
  void* place = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(place, code, sizeof(code));
  mprotect(place, 4096, PROT_READ | PROT_EXEC);
  char name[64];
  snprintf(name, sizeof(name), "/tmp/perf-%d.map", getpid());
  FILE* map = fopen(name, "w");
  fprintf(map, "%lx %zx interpreted:loop\n", reinterpret_cast<unsigned long>(place), sizeof(code));
  fclose(map);
  return reinterpret_cast<Compiled>(place);
}

int main(int argc, char** argv) {
  work::Engine engine;
  const time_t end = time(nullptr) + (argc > 1 ? atoi(argv[1]) : 10);
  const Compiled compiled = argc > 2 && strcmp(argv[2], "jit") == 0 ? compile() : nullptr;
  int sum = 0;
  pollfd input = {0, 0, 0};
  while (time(nullptr) < end && poll(&input, 1, 0) == 0) {
    sum += work::outer(engine, 2'000'000);
    if (compiled != nullptr) sum += compiled();
  }
  return sum == 0;
}
