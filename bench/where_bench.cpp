// What a `--where` expression costs a record: per test, and beside the formatting that a record
// which is not wanted is spared (format_bench).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

#include "record/where.hpp"
#include "unit/btf_builder.hpp"

namespace {

using namespace skep;

struct Event {
  std::uint64_t bytes = 123456789;
  std::int64_t ret = -2;
  std::uint32_t pid = 4194303;
  std::uint32_t address = 0x0100000a;  // 10.0.0.1
  char comm[16] = "systemd-journal";
  char file[24] = "/etc/ld.so.preload";
};

record::Schema event_schema() {
  test::BtfBuilder b;
  const auto u64 = b.add_int("unsigned long long", 8);
  const auto s64 = b.add_int("long long", 8, test::BtfBuilder::signed_);
  const auto u32 = b.add_int("unsigned int", 4);
  const auto letter = b.add_int("char", 1, test::BtfBuilder::signed_);
  const auto result = b.add_typedef("skep_result_t", s64);
  const auto comm = b.add_array(letter, 16, u32), file = b.add_array(letter, 24, u32);
  const auto event = b.add_struct("event", sizeof(Event),
                                  {{"bytes", u64, 0},
                                   {"ret", result, 64},
                                   {"pid", u32, 128},
                                   {"address", u32, 160},
                                   {"comm", comm, 192},
                                   {"file", file, 320}});
  return record::make_schema(b.btf(), event).value();
}

void run(benchmark::State& state, std::string_view text) {
  const Event event;
  const auto where =
      record::Where::compile(record::where::parse(text).value(), event_schema()).value();
  std::int64_t wanted = 0, records = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(event);
    wanted += where(bytes_of(event)) ? 1 : 0;
    ++records;
  }
  benchmark::DoNotOptimize(wanted);
  state.SetItemsProcessed(records);
}

void compile(benchmark::State& state, std::string_view text) {
  const auto schema = event_schema();
  for (auto _ : state) {
    benchmark::DoNotOptimize(record::Where::compile(record::where::parse(text).value(), schema));
  }
}

BENCHMARK_CAPTURE(run, number, "pid == 42");
BENCHMARK_CAPTURE(run, four_tests, "pid != 42 && ret < 0 && bytes > 4k && address in 10.0.0.0/8");
BENCHMARK_CAPTURE(run, text, "comm == \"systemd-journal\"");
BENCHMARK_CAPTURE(run, pattern, "comm ~ \"*journal\"");
BENCHMARK_CAPTURE(run, list_of_20, "pid in (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20)");
BENCHMARK_CAPTURE(compile, numbers, "pid == 42 && bytes > 4k");
BENCHMARK_CAPTURE(compile, name, "ret == ENOENT");

}  // namespace

BENCHMARK_MAIN();
