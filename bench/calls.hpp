// bench/calls.hpp: who makes the records: a thread on one CPU that calls getppid(2).
#pragma once

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "ratio.hpp"

namespace skep::bench {

// Of those that there are.
inline void stay_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::thread::hardware_concurrency(), &set);
  ::sched_setaffinity(0, sizeof(set), &set);
}

// CPU time of this thread.
inline double seconds_of_calls(int calls) {
  return seconds_of([&] {
    for (int i = 0; i < calls; ++i) ::syscall(SYS_getppid);
  });
}

}  // namespace skep::bench
