// The kernel's types: parsed from nothing, found by their index, the index made, a name looked up.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "base/file.hpp"
#include "btf/index.hpp"
#include "skep/btf.hpp"

namespace {

using namespace skep;

constexpr std::uint64_t largest = 64 << 20;
constexpr std::string_view boot = "a boot";

const std::vector<std::byte>& kernel_types() {
  static const auto bytes = read_file("/sys/kernel/btf/vmlinux", largest).value();
  return bytes;
}

const std::vector<std::byte>& kernel_index() {
  static const auto index = btf::make_index(Btf::parse(kernel_types()).value(), boot);
  return index;
}

std::optional<Btf> parse_with_index() {
  return btf::parse_indexed(kernel_types(), nullptr, kernel_index(), nullptr, boot);
}

void parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Btf::parse(kernel_types()));
}
void parse_indexed(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_with_index());
}
void make_index(benchmark::State& state) {
  const auto types = Btf::parse(kernel_types()).value();
  for (auto _ : state) benchmark::DoNotOptimize(btf::make_index(types, boot));
}
void find_by_name(benchmark::State& state) {
  const auto types = parse_with_index().value();
  const auto* index = btf::index_of(types);
  for (auto _ : state) benchmark::DoNotOptimize(index->with("task_struct"));
}

BENCHMARK(parse);
BENCHMARK(parse_indexed);
BENCHMARK(make_index);
BENCHMARK(find_by_name);

}  // namespace

BENCHMARK_MAIN();
