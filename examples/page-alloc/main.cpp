// Counts the pages that are allocated, by CPU, for a second or as long as it is told. Each CPU has
// a value of its own: nothing is shared, so nothing is waited for.
//   page-alloc [SECONDS]
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "page_alloc.skel.hpp"  // skep gen page_alloc.bpf.o

namespace {

skep::Result<void> count(int seconds) {
  SKEP_TRY(const auto spec, page_alloc::Spec::open());
  SKEP_TRY(const auto object, spec.load());
  SKEP_TRY(const auto links, object.attach());
  std::fprintf(stderr, "counting\n");
  std::this_thread::sleep_for(std::chrono::seconds(seconds));

  const auto& allocations = object.maps().allocations;  // skep::PerCpuArray<std::uint64_t>
  auto pages = allocations.make();                      // a number for each possible CPU
  SKEP_CHECK(allocations.for_each([&](std::uint32_t order, const auto& counts) {
    for (std::size_t cpu = 0; cpu < pages.size(); ++cpu) pages[cpu] += counts[cpu] << order;
  }));
  for (std::size_t cpu = 0; cpu < pages.size(); ++cpu) {
    std::printf("CPU %-3zu %10llu\n", cpu, static_cast<unsigned long long>(pages[cpu]));
  }
  std::printf("all     %10llu pages\n", static_cast<unsigned long long>(pages.sum()));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = count(argc > 1 ? std::atoi(argv[1]) : 1);
  if (!done) std::fprintf(stderr, "page-alloc: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
