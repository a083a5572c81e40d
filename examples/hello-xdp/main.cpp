// The life of a program, step by step: loaded, pinned, looked at, attached, until Ctrl-C, detached;
// what it counted; gone.
//   hello-xdp INTERFACE PIN
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "hello_xdp.skel.hpp"  // skep gen hello_xdp.bpf.o

namespace {

void print(const skep::ProgramInfo& info) {
  std::string tag, maps;
  for (const auto byte : info.tag) {
    tag += "0123456789abcdef"[byte >> 4];
    tag += "0123456789abcdef"[byte & 15];
  }
  for (const auto id : info.map_ids) maps += " " + std::to_string(id);
  std::printf("%u: %s  name %s  tag %s%s\n", info.id, std::string(name_of(info.type)).c_str(),
              info.name.c_str(), tag.c_str(), info.gpl_compatible ? "  gpl" : "");
  std::printf("    user %u  translated %uB  jited %uB  memlock %lluB  maps%s  types %u\n",
              info.user, info.translated_bytes, info.jited_bytes,
              static_cast<unsigned long long>(info.memlock), maps.c_str(), info.types_id);
}

skep::Result<void> live(const char* interface, const char* pin, const sigset_t& stop) {
  SKEP_TRY(const auto spec, hello_xdp::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto info, object.programs().hello->info());
  print(info);
  SKEP_TRY(auto link, object.programs().hello.attach(skep::Xdp{interface}));
  SKEP_CHECK(link.pin(pin));
  std::fprintf(stderr, "attached; Ctrl-C ends it\n");
  int signal = 0;
  sigwait(&stop, &signal);
  SKEP_CHECK(link.detach());
  SKEP_TRY(const auto globals, object.bss());
  std::printf("counter %d\n", globals->counter);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: hello-xdp INTERFACE PIN\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = live(argv[1], argv[2], stop);
  if (!done) std::fprintf(stderr, "hello-xdp: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
