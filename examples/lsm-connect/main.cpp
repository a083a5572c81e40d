// Keeps everybody from connecting to an address until Ctrl-C, and says who tried.
//   lsm-connect 1.1.1.1
#include <arpa/inet.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <vector>

#include "lsm_connect.skel.hpp"  // skep gen lsm_connect.bpf.o

namespace {

volatile std::sig_atomic_t is_over = 0;
void end(int) { is_over = 1; }

void print(const lsm_connect::refusal& refusal) {
  std::printf("%7u %-16s %u\n", refusal.pid, refusal.comm, refusal.port);
}

skep::Result<void> block(in_addr address) {
  const std::vector<skep::Member> members = {
      {.program = "on_connect", .or_else = {{.program = "on_connect_of_group"}}}};
  SKEP_TRY(auto spec, lsm_connect::Spec::open());
  spec.rodata.blocked = address.s_addr;  // a constant once the programs are loaded
  SKEP_TRY(const auto object, spec.load({.optional = skep::may_be_refused(members)}));
  SKEP_TRY(auto refusals, object.maps().refusals.reader());
  SKEP_TRY(auto session, skep::Session::start(object.object(), members));
  for (const auto& note : session.notes()) std::fprintf(stderr, "%s\n", note.c_str());
  std::fprintf(stderr, "nobody connects to %s; Ctrl-C ends it\n", inet_ntoa(address));
  while (!is_over) SKEP_CHECK(refusals.poll(std::chrono::milliseconds(100), print));
  session.stop();
  refusals.drain(print);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  in_addr address{};
  if (argc != 2 || inet_pton(AF_INET, argv[1], &address) != 1) {
    return std::fprintf(stderr, "usage: lsm-connect ADDRESS (of IPv4)\n"), 2;
  }
  std::signal(SIGINT, end);
  const auto done = block(address);
  if (!done) std::fprintf(stderr, "lsm-connect: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
