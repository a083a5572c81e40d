#include "tools/exits.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

namespace skep::test {
namespace {

enum class Way { leader, other, leader_first, together };

struct Exit {
  int code = 0;
  int signal = 0;
  unsigned threads = 0;
  Way way = Way::leader;
  bool core = false;
  std::string folder;  // where a core file may go
};

int parse_signal(const std::string& name) {
  static const std::map<std::string, int> known = {{"KILL", SIGKILL}, {"TERM", SIGTERM},
                                                   {"SEGV", SIGSEGV}, {"ABRT", SIGABRT},
                                                   {"HUP", SIGHUP},   {"USR1", SIGUSR1}};
  const auto found = known.find(name);
  return found != known.end() ? found->second : std::stoi(name);
}

Way parse_way(const std::string& name) {
  static const std::map<std::string, Way> known = {{"leader", Way::leader},
                                                   {"other", Way::other},
                                                   {"leader_first", Way::leader_first},
                                                   {"together", Way::together}};
  return known.at(name);
}

// exit(2) of the kernel: this thread only.
[[noreturn]] void end_thread(int code) {
  for (;;) ::syscall(SYS_exit, code);
}

void end_process(const Exit& plan) {
  if (plan.signal != 0) {
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), plan.signal);
    for (;;) ::pause();
  }
  ::_exit(plan.code);  // exit_group(2)
}

// Until the first thread is a zombie: its state in /proc/self/stat, behind the name, is 'Z'.
void wait_for_leader_to_end() {
  for (;;) {
    char text[256] = {};
    const int fd = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    const auto size = ::read(fd, text, sizeof(text) - 1);
    ::close(fd);
    const std::string stat(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto name_end = stat.rfind(')');
    if (name_end != std::string::npos && stat.substr(name_end, 3) == ") Z") return;
    std::this_thread::yield();
  }
}

// Waiting threads spin for a moment, so that they run on as close together as two CPUs let them.
void meet(std::atomic<unsigned>& waiting) {
  waiting.fetch_sub(1);
  while (waiting.load() != 0) std::this_thread::yield();
}

void perform(const Exit& plan) {
  if (plan.core) {
    const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_CORE, &limit);
    if (::chdir(plan.folder.c_str()) != 0) ::_exit(126);
  }
  static std::atomic<unsigned> waiting;
  waiting = plan.threads + 1;
  for (unsigned i = 0; i < plan.threads; ++i) {
    std::thread([&plan, i] {
      meet(waiting);
      if (plan.way == Way::together) end_thread(plan.code);
      if (plan.way == Way::other && i == 0) end_process(plan);
      if (plan.way == Way::leader_first && i == 0) {
        wait_for_leader_to_end();
        end_thread(plan.code);
      }
      for (;;) ::pause();
    }).detach();
  }
  meet(waiting);
  if (plan.way == Way::together) end_thread(plan.code);
  if (plan.way == Way::leader_first) end_thread(plan.code + 1);
  if (plan.way == Way::leader) end_process(plan);
  for (;;) ::pause();
}

}  // namespace

std::function<void()> make_exit(const YAML::Node& what, const Stage& stage) {
  check_keys(what, {"code", "signal", "core", "threads", "way"});
  Exit plan;
  plan.code = what["code"].as<int>(0);
  if (what["signal"]) plan.signal = parse_signal(what["signal"].as<std::string>());
  plan.core = what["core"].as<bool>(false);
  plan.threads = what["threads"].as<unsigned>(0);
  plan.way = parse_way(what["way"].as<std::string>("leader"));
  plan.folder = stage.work().native();
  const bool lone = plan.way == Way::leader_first && plan.threads != 1;
  if (lone || (plan.way != Way::leader && plan.threads == 0)) {
    throw std::runtime_error("this way to end needs threads (leader_first: one)");
  }
  return [plan] { perform(plan); };
}

}  // namespace skep::test
