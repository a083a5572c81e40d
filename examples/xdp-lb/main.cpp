// Balances a TCP service among back ends until Ctrl-C. The interfaces are all those that clients
// and back ends are reached by.
//   xdp-lb ADDRESS PORT BACK-END,BACK-END… INTERFACE…
#include <arpa/inet.h>

#include <bit>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ranges>
#include <skep/address.hpp>
#include <skep/session.hpp>
#include <span>

#include "xdp_lb.skel.hpp"  // skep gen xdp_lb.bpf.o

namespace {

// In network byte order.
skep::Result<std::uint32_t> address_of(std::string_view text) {
  const auto address = skep::Ipv4Address::parse(text);
  if (address) return std::bit_cast<std::uint32_t>(*address);
  return std::unexpected(skep::Error(skep::ErrorKind::invalid_argument,
                                     "'" + std::string(text) + "' is no address of IPv4"));
}

skep::Result<void> balance(std::span<char*> arguments, const sigset_t& stop) {
  SKEP_TRY(auto spec, xdp_lb::Spec::open());
  SKEP_TRY(spec.rodata.virtual_address, address_of(arguments[0]));
  spec.rodata.virtual_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[1])));
  std::vector<std::uint32_t> back_ends;
  for (const auto part : std::views::split(std::string_view(arguments[2]), ',')) {
    SKEP_TRY(back_ends.emplace_back(), address_of(std::string_view(part)));
  }
  spec.bss.back_end_count = static_cast<std::uint32_t>(back_ends.size());
  SKEP_TRY(const auto object, spec.load());
  SKEP_CHECK(object.maps().back_ends.update(back_ends));

  const skep::Member everywhere{.program = "balance", .hook = skep::Xdp{arguments[3]}};
  SKEP_TRY(const auto session, skep::Session::start(object.object(), {everywhere}));
  std::fprintf(stderr, "balancing; Ctrl-C ends it\n");
  int signal = 0;
  sigwait(&stop, &signal);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: xdp-lb ADDRESS PORT BACK-END,… 'eth*'\n"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const auto done = balance(std::span(argv + 1, argv + argc), stop);
  if (!done) std::fprintf(stderr, "xdp-lb: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
