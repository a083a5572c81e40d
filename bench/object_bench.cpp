// An object on its way: parsed, its programs linked and relocated for this kernel (CO-RE), the
// schema of its records made. The object: $SKEP_BENCH_OBJECT, one with CO-RE.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "btf/index.hpp"
#include "object/link.hpp"
#include "object/target.hpp"
#include "record/schema.hpp"
#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace {

using namespace skep;

constexpr std::uint64_t largest = 64 << 20;
constexpr std::string_view kernel = "a kernel";

const std::vector<std::byte>& object_bytes() {
  static const auto bytes = [] {
    const char* path = std::getenv("SKEP_BENCH_OBJECT");
    return read_file(path == nullptr ? "" : path, largest).value();
  }();
  return bytes;
}

ObjectSpec spec() { return ObjectSpec::parse(object_bytes(), "bench").value(); }

object::Target this_kernel() {
  static const auto bytes = read_file("/sys/kernel/btf/vmlinux", largest).value();
  static const auto index = btf::make_index(Btf::parse(bytes).value(), kernel);
  object::Target target;
  target.types = btf::parse_indexed(bytes, nullptr, index, nullptr, kernel);
  return target;
}

void parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(spec());
}

void link_and_relocate(benchmark::State& state) {
  const auto one = spec();
  const auto target = this_kernel();
  for (auto _ : state) {
    auto linker = object::Linker::create(one, target).value();
    for (std::size_t i = 0; i < one.programs.size(); ++i) {
      benchmark::DoNotOptimize(linker.link(i).value());
    }
  }
}

void make_schema(benchmark::State& state) {
  const auto one = spec();
  btf::TypeId type = 0;
  for (btf::TypeId id = 1; id < one.types.end_id(); ++id) {
    if (one.types.type(id).name() == "exec_event") type = id;
  }
  for (auto _ : state) benchmark::DoNotOptimize(record::make_schema(one.types, type).value());
}

BENCHMARK(parse);
BENCHMARK(link_and_relocate);
BENCHMARK(make_schema);

}  // namespace

BENCHMARK_MAIN();
