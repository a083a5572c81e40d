#include "tools/workload.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "tools/actions.hpp"

namespace skep::test {
namespace {

// In the new process: into the cgroup (by a descriptor that is open already: no call of ours may
// show up in the rows), and not longer than the runner.
void settle(const Step& step, const Stage& stage) {
  if (::write(stage.door(), "0", 1) != 1) ::_exit(126);
  if (step.user != 0 && (::setresgid(step.user, step.user, step.user) != 0 ||
                         ::setresuid(step.user, step.user, step.user) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

pid_t fork_for(const Step& step, const Stage& stage, const std::function<void()>& act) {
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    settle(step, stage);
    act();
    ::_exit(0);
  }
  return child;
}

Ended wait_for(pid_t child) {
  Ended out{.pid = child};
  while (::waitpid(child, &out.status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  if (WIFEXITED(out.status) && WEXITSTATUS(out.status) == 126) {
    throw std::runtime_error("a process of the workload could not be set up (status 126)");
  }
  return out;
}

}  // namespace

Waiting::Waiting(const Step& step, const Stage& stage, const Names& names) {
  if (step.times != 1 && step.kind != "open") {
    throw std::runtime_error("an early step is one process");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const Fd inside(ends[0]);
  word_.reset(ends[1]);
  const auto act = make_action(step, stage, names);
  pid_ = fork_for(step, stage, [&] {
    word_.reset();  // ours, so that the runner's is the last
    char byte = 0;
    if (::read(inside.get(), &byte, 1) != 1) ::_exit(126);
    act();
  });
}

Ended Waiting::go() {
  if (::write(word_.get(), "!", 1) != 1) throw std::runtime_error("the early process is gone");
  return wait_for(pid_);
}

std::vector<Ended> play(const Step& step, const Stage& stage, Names names) {
  std::vector<Ended> out;
  if (step.kind == "open") {
    const auto act = make_action(step, stage, names);
    out.assign(step.times, wait_for(fork_for(step, stage, act)));
    return out;
  }
  for (std::size_t i = 0; i < step.times; ++i) {
    names["N"] = std::to_string(i);
    out.push_back(wait_for(fork_for(step, stage, make_action(step, stage, names))));
  }
  return out;
}

}  // namespace skep::test
