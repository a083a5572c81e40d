// Shows every two seconds, until Ctrl-C, how many programs each user started.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "hello_map.skel.hpp"  // skep gen hello_map.bpf.o

namespace {

skep::Result<void> show(const hello_map::Object& object) {
  SKEP_TRY(auto users, object.maps().calls.entries());  // skep::Hash<std::uint32_t, std::uint64_t>
  std::ranges::sort(users);
  for (const auto& [user, calls] : users) {
    std::printf("ID %u: %llu  ", user, static_cast<unsigned long long>(calls));
  }
  std::printf("\n");
  std::fflush(stdout);
  return {};
}

skep::Result<void> count(const sigset_t& stop) {
  SKEP_TRY(const auto spec, hello_map::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto link, object.programs().hello.attach());
  std::fprintf(stderr, "counting; Ctrl-C ends it\n");
  const timespec two_seconds{.tv_sec = 2, .tv_nsec = 0};
  while (sigtimedwait(&stop, nullptr, &two_seconds) < 0) SKEP_CHECK(show(object));
  return show(object);
}

}  // namespace

int main() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = count(stop);
  if (!done) std::fprintf(stderr, "hello-map: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
