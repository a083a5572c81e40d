// Names of addresses: of the kernel, and of a process (this one, with the C++ library).
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "elf/user_binary.hpp"
#include "skep/symbol.hpp"

namespace {

using namespace skep;

constexpr const char* library = "/lib/x86_64-linux-gnu/libstdc++.so.6";

// Of a function that each kernel has; it moves with each start.
std::uint64_t address_in_kernel() {
  std::ifstream symbols("/proc/kallsyms");
  for (std::string line; std::getline(symbols, line);) {
    if (line.ends_with(" do_sys_openat2")) return std::stoull(line, nullptr, 16) + 8;
  }
  return 0;
}

std::uint64_t address_in_library() { return reinterpret_cast<std::uint64_t>(&std::abort) + 8; }

void open_binary(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(elf::UserBinary::open(library));
}

void walk_its_functions(benchmark::State& state) {
  const auto binary = elf::UserBinary::open(library).value();
  for (auto _ : state) {
    std::size_t count = 0;
    binary.dynamic_symbols()->each_function([&](const elf::UserSymbol&) { ++count; });
    benchmark::DoNotOptimize(count);
  }
}

void kernel_first_address(benchmark::State& state) {
  const auto address = address_in_kernel();
  for (auto _ : state) {
    KernelSymbols symbols;
    benchmark::DoNotOptimize(symbols.find(address));
  }
}

void kernel_address(benchmark::State& state) {
  const auto address = address_in_kernel();
  KernelSymbols symbols;
  benchmark::DoNotOptimize(symbols.find(address));
  for (auto _ : state) benchmark::DoNotOptimize(symbols.find(address));
}

void process_first_address(benchmark::State& state) {
  for (auto _ : state) {
    UserSymbols symbols;
    benchmark::DoNotOptimize(symbols.find(::getpid(), address_in_library()));
  }
}

void process_address(benchmark::State& state) {
  UserSymbols symbols;
  benchmark::DoNotOptimize(symbols.find(::getpid(), address_in_library()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(symbols.find(::getpid(), address_in_library()));
  }
}

BENCHMARK(open_binary)->Unit(benchmark::kMicrosecond);
BENCHMARK(walk_its_functions)->Unit(benchmark::kMicrosecond);
BENCHMARK(kernel_first_address)->Unit(benchmark::kMillisecond);
BENCHMARK(kernel_address);
BENCHMARK(process_first_address)->Unit(benchmark::kMicrosecond);
BENCHMARK(process_address);

}  // namespace

BENCHMARK_MAIN();
