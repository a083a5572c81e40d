// Counts system calls until Ctrl-C, then prints them, the most first: all of them by user or by
// number, of one process as well, or by user those that open and write files.
//   syscall-counts users|numbers|files [PID]
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "syscall_counts.skel.hpp"  // skep gen syscall_counts.bpf.o

namespace {

skep::Result<void> count(std::string_view what, std::uint32_t pid, const sigset_t& stop) {
  SKEP_TRY(auto spec, syscall_counts::Spec::open());
  spec.rodata.by_number = what == "numbers";
  spec.rodata.target_pid = pid;
  // What is not loaded is not attached either.
  spec.programs().on_any.autoload = what != "files";
  spec.programs().on_open.autoload = what == "files";
  spec.programs().on_write.autoload = what == "files";
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto links, object.attach());
  std::fprintf(stderr, "counting; Ctrl-C ends it\n");
  int signal = 0;
  sigwait(&stop, &signal);
  skep::detach_all(std::move(links));

  SKEP_TRY(auto entries, object.maps().counts.entries());
  std::ranges::sort(entries, std::greater(), [](const auto& entry) { return entry.second; });
  for (const auto& [key, calls] : entries) {
    std::printf("%-6u %10llu\n", key, static_cast<unsigned long long>(calls));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what != "users" && what != "numbers" && what != "files") {
    return std::fprintf(stderr, "usage: syscall-counts users|numbers|files [PID]\n"), 2;
  }
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done =
      count(what, argc > 2 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : 0, stop);
  if (!done) std::fprintf(stderr, "syscall-counts: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
