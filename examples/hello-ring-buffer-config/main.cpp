// Sets messages for users, then reads a ring buffer until Ctrl-C.
//   hello-ring-buffer-config [USER MESSAGE]…
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "hello_ring_buffer_config.skel.hpp"  // skep gen hello_ring_buffer_config.bpf.o

namespace {

volatile std::sig_atomic_t stopped = 0;

void print(const hello_ring_buffer_config::hello& hello) {
  std::printf("%u %u %s %s\n", hello.pid, hello.user, hello.command, hello.message.text);
  std::fflush(stdout);
}

skep::Result<void> read(int argc, char** argv) {
  SKEP_TRY(const auto spec, hello_ring_buffer_config::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  for (int i = 1; i + 1 < argc; i += 2) {
    hello_ring_buffer_config::message message{};
    std::snprintf(message.text, sizeof(message.text), "%s", argv[i + 1]);
    const auto user = static_cast<std::uint32_t>(std::atoi(argv[i]));
    SKEP_CHECK(object.maps().my_config.update(user, message));
  }
  SKEP_TRY(auto reader, object.maps().output.reader());
  SKEP_TRY(auto links, object.attach());
  std::fprintf(stderr, "reading; Ctrl-C ends it\n");
  while (stopped == 0) SKEP_CHECK(reader.poll(std::chrono::milliseconds(100), print));
  skep::detach_all(std::move(links));
  reader.drain(print);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  const auto done = read(argc, argv);
  if (!done) std::fprintf(stderr, "hello-ring-buffer-config: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
