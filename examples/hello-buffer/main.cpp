// Reads a perf buffer until Ctrl-C: records of all CPUs, in the order in which they were made, and
// how many found no room.
#include <linux/types.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <skep/perf.hpp>

#include "hello_buffer.h"
#include "hello_buffer.skel.hpp"  // skep gen hello_buffer.bpf.o

namespace {

volatile std::sig_atomic_t stopped = 0;

void print(const skep::PerfRecord& record) {
  hello hello{};  // a record may be longer than what was written: the kernel rounds up
  if (record.data.size() < sizeof(hello)) return;
  std::memcpy(&hello, record.data.data(), sizeof(hello));
  std::printf("%u %u %s %s\n", hello.pid, hello.user, hello.command, hello.message);
  std::fflush(stdout);
}

skep::Result<void> read() {
  SKEP_TRY(const auto spec, hello_buffer::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(auto reader, skep::PerfReader::open(object.maps().output.map(), {.in_order = true}));
  SKEP_TRY(auto link, object.programs().hello.attach());
  std::fprintf(stderr, "reading; Ctrl-C ends it\n");
  while (stopped == 0) {
    SKEP_TRY(const bool ready, reader.wait(std::chrono::milliseconds(100)));
    if (ready) reader.drain(print);
  }
  SKEP_CHECK(link.detach());
  reader.drain(print);
  std::fprintf(stderr, "%llu lost\n", static_cast<unsigned long long>(reader.lost()));
  return {};
}

}  // namespace

int main() {
  std::signal(SIGINT, [](int) { stopped = 1; });
  const auto done = read();
  if (!done) std::fprintf(stderr, "hello-buffer: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
