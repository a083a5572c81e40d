// Sets messages for users, then reads a perf buffer until Ctrl-C. Where there are no kprobes, a
// tracepoint stands in.
//   hello-buffer-config [USER MESSAGE]…
#include <linux/types.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <skep/perf.hpp>
#include <skep/session.hpp>

#include "hello_buffer_config.h"
#include "hello_buffer_config.skel.hpp"  // skep gen hello_buffer_config.bpf.o

namespace {

volatile std::sig_atomic_t stopped = 0;

void print(const skep::PerfRecord& record) {
  hello hello{};  // a record may be longer than what was written: the kernel rounds up
  if (record.data.size() < sizeof(hello)) return;
  std::memcpy(&hello, record.data.data(), sizeof(hello));
  std::printf("%u %u %s %s %s\n", hello.pid, hello.user, hello.command, hello.path, hello.message);
  std::fflush(stdout);
}

skep::Result<void> read(int argc, char** argv) {
  SKEP_TRY(const auto spec, hello_buffer_config::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  for (int i = 1; i + 1 < argc; i += 2) {
    hello_buffer_config::message message{};
    std::snprintf(message.text, sizeof(message.text), "%s", argv[i + 1]);
    const auto user = static_cast<std::uint32_t>(std::atoi(argv[i]));
    SKEP_CHECK(object.maps().my_config.update(user, message));
  }
  SKEP_TRY(auto reader, skep::PerfReader::open(object.maps().output.map()));
  const skep::Member on_execve{.program = "on_ksyscall", .or_else = {{.program = "on_tracepoint"}}};
  SKEP_TRY(auto session, skep::Session::start(object.object(), {on_execve}));
  std::fprintf(stderr, "reading; Ctrl-C ends it\n");
  while (stopped == 0) {
    SKEP_TRY(const bool ready, reader.wait(std::chrono::milliseconds(100)));
    if (ready) reader.drain(print);
  }
  session.stop();
  reader.drain(print);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  const auto done = read(argc, argv);
  if (!done) std::fprintf(stderr, "hello-buffer-config: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
