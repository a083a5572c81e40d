// A program of somebody else's that uses skep as it is installed. Exits with 0 when it counted what
// it did.
#include <unistd.h>

#include <cstdio>

#include "counter.skel.hpp"

namespace {

skep::Result<std::uint64_t> count_own_calls(int times) {
  SKEP_TRY(auto spec, counter::Spec::open());
  const auto pid = static_cast<std::uint32_t>(::getpid());
  spec.rodata.target_pid = pid;
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto links, object.attach());
  for (int i = 0; i < times; ++i) (void)::getppid();
  SKEP_TRY(const auto calls, object.maps().calls.lookup({pid}));
  return calls.value_or(0);
}

}  // namespace

int main() {
  const auto counted = count_own_calls(7);
  if (!counted) {
    std::fprintf(stderr, "%s\n", counted.error().message().c_str());
    return 1;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(*counted));
  return *counted == 7 ? 0 : 1;
}
