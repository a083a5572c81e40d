// How long a record takes to become a line of text. Aim: below 150 ns for 64 bytes in 6 fields.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "record/format.hpp"
#include "unit/btf_builder.hpp"

namespace {

using namespace skep;

struct Event {
  std::uint64_t bytes = 123456789;
  std::int64_t ret = -2;
  std::uint32_t pid = 4194303;
  std::uint32_t uid = 1000;
  char comm[16] = "systemd-journal";
  char file[24] = "/etc/ld.so.preload";
};
static_assert(sizeof(Event) == 64);

// `ret` as skep_result_t, so that one field is not plain.
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
                                   {"uid", u32, 160},
                                   {"comm", comm, 192},
                                   {"file", file, 320}});
  return record::make_schema(b.btf(), event).value();
}

struct OpenEvent {
  std::uint64_t time = 3'600'000'000'000;
  std::uint32_t pid = 4711;
  std::uint32_t flags = 02000000;
  std::uint16_t offset = 24, length = 47;
  std::uint32_t total = 47;
  char path[48] = "/usr/lib/x86_64-linux-gnu/libcap-ng.so.0.0.0+x";
};

record::Schema open_schema() {
  test::BtfBuilder b;
  const auto u64 = b.add_int("unsigned long long", 8);
  const auto u32 = b.add_int("unsigned int", 4);
  const auto u16 = b.add_int("unsigned short", 2);
  const auto time = b.add_typedef("skep_time_ns_t", u64);
  const auto flags = b.add_typedef("skep_open_flags_t", u32);
  const auto span =
      b.add_struct("", 8, {{"offset", u16, 0}, {"length", u16, 16}, {"total", u32, 32}});
  const auto text = b.add_typedef("skep_text_t", span);
  const auto event = b.add_struct(
      "open_event", 24,
      {{"time", time, 0}, {"pid", u32, 64}, {"flags", flags, 96}, {"path", text, 128}});
  return record::make_schema(b.btf(), event).value();
}

template <typename Record, typename Formatter>
void run(benchmark::State& state, const Formatter& formatter) {
  const Record record;
  std::string out;
  std::size_t lines = 0;
  for (auto _ : state) {
    formatter.append(out, bytes_of(record));
    benchmark::DoNotOptimize(out.data());
    if (++lines % 512 == 0) out.clear();  // as a batch that is written out
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(lines));
}

void json_six_fields(benchmark::State& state) {
  run<Event>(state, record::JsonFormatter(event_schema()));
}
void table_six_fields(benchmark::State& state) {
  run<Event>(state, record::TableFormatter(event_schema(), {}));
}
void table_six_fields_terminal(benchmark::State& state) {
  run<Event>(state, record::TableFormatter(event_schema(), {.width = 80, .colour = true}));
}
void json_open_event(benchmark::State& state) {
  run<OpenEvent>(state, record::JsonFormatter(open_schema()));
}
void table_open_event(benchmark::State& state) {
  run<OpenEvent>(state, record::TableFormatter(open_schema(), {}));
}

// One column of a kind: what that kind costs.
void one_kind(benchmark::State& state, const char* kind, std::uint32_t bytes, std::uint64_t value,
              bool as_json) {
  test::BtfBuilder b;
  const auto number = b.add_int(bytes == 8 ? "unsigned long long" : "int", bytes,
                                bytes == 8 ? 0 : test::BtfBuilder::signed_);
  const auto type = *kind == '\0' ? number : b.add_typedef(kind, number);
  const auto event = b.add_struct("event", bytes, {{"value", type, 0}});
  const auto schema = record::make_schema(b.btf(), event).value();
  const record::JsonFormatter json(schema);
  const record::TableFormatter table(schema, {});
  const auto record = bytes_of(value).first(bytes);
  std::string out;
  std::size_t lines = 0;
  for (auto _ : state) {
    as_json ? json.append(out, record) : table.append(out, record);
    benchmark::DoNotOptimize(out.data());
    if (++lines % 512 == 0) out.clear();
  }
}

void json_kind(benchmark::State& state, const char* kind, std::uint32_t bytes,
               std::uint64_t value) {
  one_kind(state, kind, bytes, value, true);
}
void table_kind(benchmark::State& state, const char* kind, std::uint32_t bytes,
                std::uint64_t value) {
  one_kind(state, kind, bytes, value, false);
}

#define BENCH_KIND(NAME, KIND, BYTES, VALUE)              \
  BENCHMARK_CAPTURE(json_kind, NAME, KIND, BYTES, VALUE); \
  BENCHMARK_CAPTURE(table_kind, NAME, KIND, BYTES, VALUE)
BENCH_KIND(integer, "", 8, 1234567);
BENCH_KIND(time, "skep_time_ns_t", 8, 3'600'000'000'000);
BENCH_KIND(duration, "skep_duration_ns_t", 8, 1'234'567);
BENCH_KIND(error, "skep_errno_t", 4, 2);
BENCH_KIND(result, "skep_result_t", 8, -2ULL);
BENCH_KIND(signal, "skep_signal_t", 4, 9);
BENCH_KIND(open_flags, "skep_open_flags_t", 4, 02000000);
BENCH_KIND(mode, "skep_mode_t", 4, 0644);

BENCHMARK(json_six_fields);
BENCHMARK(table_six_fields);
BENCHMARK(table_six_fields_terminal);
BENCHMARK(json_open_event);
BENCHMARK(table_open_event);

}  // namespace

BENCHMARK_MAIN();
