// tools/workload.hpp: processes that do exactly what a step says, in the case's cgroup.
#pragma once

#include <sys/types.h>

#include <vector>

#include "skep/fd.hpp"
#include "tools/case.hpp"
#include "tools/stage.hpp"

namespace skep::test {

// How one process of a step ended, as wait(2) says.
struct Ended {
  pid_t pid = -1;
  int status = 0;
};

// A process that waits for a word before it does its step.
class Waiting {
 public:
  Waiting(const Step& step, const Stage& stage, const Names& names);
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] Ended go();

 private:
  Fd word_;
  pid_t pid_ = -1;
};

// Does the step as often as it says, one process after the other (but "open": all in one process,
// which counts for each time).
[[nodiscard]] std::vector<Ended> play(const Step& step, const Stage& stage, Names names);

}  // namespace skep::test
