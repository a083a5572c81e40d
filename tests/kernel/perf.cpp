// The reader of perf buffers against a program that makes records on the running kernel.
#include "skep/perf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "base/bytes.hpp"
#include "kernel/faulty_syscalls.hpp"
#include "kernel/support.hpp"
#include "skep/poller.hpp"

namespace skep {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_threads = 4;
using Counters = std::array<std::uint64_t, most_threads>;

struct Event {
  std::uint32_t thread, cpu;
  std::uint64_t number, time;
};

using test::must;

class Perf : public testing::Test {
 protected:
  // Runs `threads` threads that make `calls` records each, and hands out what is read meanwhile.
  template <typename Sink>
  void run(std::size_t threads, std::size_t calls, PerfOptions options, Sink&& sink) {
    std::array<int, most_threads> ids{};
    std::vector<std::thread> producers;
    std::atomic<std::size_t> known = 0, running = threads;
    std::atomic<bool> go = false;
    for (std::size_t i = 0; i < threads; ++i) {
      producers.emplace_back([&, i] {
        ids[i] = test::thread_id();
        ++known;
        go.wait(false);
        test::call_getppid(calls);
        --running;
      });
    }
    EXPECT_TRUE(test::eventually([&] { return known == threads; }));
    auto spec = test::spec_of("perf_sequence");
    EXPECT_TRUE(spec.set("threads", std::as_bytes(std::span(ids))));
    object.emplace(must(Object::load(std::move(spec))));
    reader.emplace(must(PerfReader::open(*must(object->map("events")), options)));
    const auto links = must(object->attach());
    go = true;
    go.notify_all();
    while (running > 0) {
      if (must(reader->wait(milliseconds(10)))) reader->drain(sink);
    }
    for (auto& producer : producers) producer.join();
    while (must(reader->wait(milliseconds(20)))) reader->drain(sink);
  }
  std::uint64_t made() {
    const auto produced = test::value_of<Counters>(*object, "produced");
    return std::accumulate(produced.begin(), produced.end(), std::uint64_t{0});
  }

  std::optional<Object> object;
  std::optional<PerfReader> reader;
};

Event event_of(const PerfRecord& record) {
  // 24 bytes, and 4 more so that they and their length are a multiple of 8.
  EXPECT_EQ(record.data.size(), 28U);
  return read_at<Event>(record.data, 0).value_or(Event{});
}

TEST_F(Perf, DeliversEachRecordInOrderOfItsCpu) {
  Counters next{};
  run(2, 20'000, {.pages = 512}, [&](const PerfRecord& record) {
    const auto event = event_of(record);
    ASSERT_LT(event.thread, 2U);
    EXPECT_EQ(event.cpu, record.cpu);
    ++next[event.thread];
  });
  EXPECT_EQ(made(), 40'000U);
  EXPECT_EQ(next[0] + next[1] + reader->lost(), made());
  EXPECT_EQ(reader->lost(), 0U);
}

// As long as no CPU takes longer to write a record than the reader waits for it: one that somebody
// else has for a while does, so a few may be late.
TEST_F(Perf, OrdersByTimeOnRequest) {
  std::uint64_t last = 0, count = 0, late = 0;
  Counters next{};
  run(4, 5'000, {.pages = 512, .in_order = true}, [&](const PerfRecord& record) {
    const auto event = event_of(record);
    auto& number = next[event.thread & 3];
    late += record.time < last || event.number != number ? 1 : 0;
    last = record.time;
    number = event.number + 1;
    ++count;
  });
  EXPECT_EQ(count + reader->lost(), made());
  EXPECT_LE(late * 100, count) << "of " << count;
}

TEST_F(Perf, CountsWhatFoundNoRoom) {
  std::uint64_t count = 0;
  run(2, 20'000, {.pages = 1, .wake_after = 1000}, [&](const PerfRecord&) { ++count; });
  // What was lost last is told with the next record that finds room.
  const auto refused = test::value_of<Counters>(*object, "refused");
  EXPECT_EQ(count + refused[0] + refused[1], made());
  EXPECT_GT(refused[0] + refused[1], 0U);
  EXPECT_LE(reader->lost(), refused[0] + refused[1]);
}

TEST(Pollers, WaitForManyReadersAtOnce) {
  auto perf_spec = test::spec_of("perf_sequence"), ring_spec = test::spec_of("ring_sequence");
  const std::array<int, most_threads> ids{test::thread_id()};
  ASSERT_TRUE(perf_spec.set("threads", std::as_bytes(std::span(ids))));
  ASSERT_TRUE(ring_spec.set("threads", std::as_bytes(std::span(ids))));
  const auto perf_object = must(Object::load(std::move(perf_spec)));
  const auto ring_object = must(Object::load(std::move(ring_spec)));
  auto perf = must(PerfReader::open(*must(perf_object.map("events")), {.in_order = true}));
  auto ring = must(RingReader::open(*must(ring_object.map("events"))));
  std::size_t perf_count = 0, ring_count = 0;
  auto poller = must(Poller::create());
  ASSERT_TRUE(poller.add(perf, [&](const PerfRecord&) { ++perf_count; }));
  ASSERT_TRUE(poller.add(ring, [&](std::span<const std::byte>) { ++ring_count; }));
  EXPECT_EQ(must(poller.poll(milliseconds(1))), 0U);
  const auto perf_links = must(perf_object.attach()), ring_links = must(ring_object.attach());
  test::call_getppid(3);
  const auto arrived = [&] {
    (void)must(poller.poll(milliseconds(100)));
    return perf_count + ring_count >= 6;
  };
  EXPECT_TRUE(test::eventually(arrived));
  EXPECT_EQ(perf_count, 3U);
  EXPECT_EQ(ring_count, 3U);
}

TEST_F(Perf, RefusesOtherMapsAndSizes) {
  auto spec = test::spec_of("perf_sequence");
  const auto loaded = must(Object::load(std::move(spec)));
  EXPECT_EQ(PerfReader::open(*must(loaded.map("events")), {.pages = 3}).error().kind(),
            ErrorKind::invalid_argument);
  const auto array = must(Map::create({.name = "skep_perf",
                                       .type = MapType::array,
                                       .key_size = 4,
                                       .value_size = 4,
                                       .max_entries = 1}));
  EXPECT_THAT(PerfReader::open(array).error().message(),
              testing::HasSubstr("not a perf event array"));
}

TEST_F(Perf, LeavesNothingWhenACallFails) {
  test::FaultySyscalls sys;
  auto spec = test::spec_of("perf_sequence");
  LoadOptions options;
  options.syscalls = &sys;
  const auto loaded = must(Object::load(std::move(spec), std::move(options)));
  const Map* events = must(loaded.map("events"));
  const auto mapped = sys.mapped.size();
  for (std::size_t call = 0;; ++call) {
    sys.restart(call, EMFILE, false);
    {
      const auto opened = PerfReader::open(*events);
      if (opened) {
        EXPECT_GT(call, 5U);
        break;
      }
    }
    EXPECT_EQ(sys.mapped.size(), mapped) << sys.failed();
    ASSERT_LT(call, 100U);
  }
}

}  // namespace
}  // namespace skep
