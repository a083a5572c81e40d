// Whether a reader sleeps, told to the programs: no record is slept through, none is lost without
// being counted, and nobody is woken for nothing.
#include "skep/handshake.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/handshake_race.hpp"
#include "kernel/ring_support.hpp"
#include "skep/ledger.hpp"
#include "skep/maps.hpp"
#include "skep/poller.hpp"
#include "skep/ring.hpp"
#include "skep/stream.hpp"
#include "skep/typed.hpp"

namespace skep {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using test::Checker, test::Producers, test::race, test::race_to_sleep, test::Readers,
    test::Settings, test::sum;

// A producer, its ring, and a reader that says whether it sleeps.
class Handshakes : public testing::Test {
 protected:
  void start(const Settings& settings) {
    object.emplace(test::must(test::load_sequence(producers.ids(), settings)));
    link.emplace(test::must(object->program("on_getppid").value()->attach()));
    reader.emplace(test::must(RingReader::open(**object->map("events"))));
    ledger = test::must(Ledger::open(*object, "events"));
    handshake.emplace(*test::must(Handshake::open(*object)));
    reader->leave_rest(true);
  }
  bool wait(milliseconds timeout) {
    const std::array<const RingReader*, 1> rings{&*reader};
    return test::must(handshake->wait(rings, timeout));
  }
  // Of struct skep_wakeup.
  [[nodiscard]] std::uint64_t state() const {
    return test::value_of<std::array<std::uint64_t, 8>>(*object, "skep_wakeup")[0];
  }
  // Reads until nothing came for `quiet`.
  void read_until_quiet(milliseconds quiet) {
    while (wait(quiet)) reader->drain(checker);
  }
  // How often this thread slept and was woken so far.
  static long sleeps() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
  }

  Producers producers{1};
  std::optional<Object> object;
  std::optional<Link> link;
  std::optional<RingReader> reader;
  std::optional<Ledger> ledger;
  std::optional<Handshake> handshake;
  Checker checker;
};

constexpr std::uint64_t kernel_decides = 0, awake = 1, asleep = 2;

milliseconds race_length() {
  const char* seconds = std::getenv("SKEP_RACE_SECONDS");
  return seconds != nullptr ? std::chrono::seconds(std::atoi(seconds)) : milliseconds(800);
}

TEST(HandshakeRace, NoReservedRecordIsSleptThrough) { race_to_sleep({}, race_length()); }

// Every other one is of variable length, copied by skep_output.
TEST(HandshakeRace, NoCopiedRecordIsSleptThrough) {
  race_to_sleep({.longest = 100}, race_length());
}

TEST(HandshakeRace, NoRecordWaitsLongerThanTheReaderRests) {
  race({.longest = 100}, race_length());
}

// Of a stream with a ring for each CPU, made on each in turn.
TEST(HandshakeRace, NoRecordOfAnyCpuIsSleptThrough) {
  race_to_sleep({.longest = 100, .per_cpu = true}, race_length());
}

TEST_F(Handshakes, StatesFollowTheReader) {
  start({.ring_bytes = 1U << 20});
  EXPECT_EQ(state(), kernel_decides);
  EXPECT_FALSE(wait(milliseconds(1)));
  EXPECT_EQ(state(), asleep);
  producers.go(20'000);
  while (producers.running()) {
    if (wait(milliseconds(20))) reader->drain(checker);
  }
  read_until_quiet(milliseconds(100));
  EXPECT_EQ(state(), asleep) << "after rounds without a record";
  EXPECT_EQ(checker.delivered + ledger->lost(), 20'000U);
  handshake.reset();
  EXPECT_EQ(state(), kernel_decides);
}

TEST_F(Handshakes, AReaderAtRestIsNeverWoken) {
  start({});
  EXPECT_FALSE(wait(milliseconds(1)));
  const long before = sleeps();
  EXPECT_FALSE(wait(milliseconds(1000)));
  EXPECT_LE(sleeps() - before, 1) << "the one sleep";
}

TEST_F(Handshakes, AFloodCostsFewWakeUps) {
  start({.ring_bytes = 8U << 20});
  EXPECT_FALSE(wait(milliseconds(1)));
  const long before = sleeps();
  const auto begin = Clock::now();
  producers.go(200'000);
  while (producers.running()) {
    if (wait(milliseconds(20))) reader->drain(checker);
  }
  const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
  const long slept = sleeps() - before;
  read_until_quiet(milliseconds(50));
  EXPECT_EQ(checker.delivered, 200'000U);
  EXPECT_EQ(ledger->lost(), 0U);
  EXPECT_LT(slept, 50 + 2000 * took);
}

// What a filter in the kernel does.
TEST_F(Handshakes, OneWantedAmongAThousandDiscarded) {
  start({.ring_bytes = 16384, .records_per_call = 10, .keep_every = 1000});
  EXPECT_FALSE(wait(milliseconds(1)));
  producers.go(20'000);
  while (producers.running() || reader->backlog() > 0) {
    ASSERT_TRUE(wait(milliseconds(5000)) || !producers.running());
    reader->drain(checker);
  }
  // What was lost may have been wanted.
  EXPECT_EQ(sum(*object, "produced"), 200'000U);
  EXPECT_EQ(checker.delivered + sum(*object, "discarded") + ledger->lost(), 200'000U);
  EXPECT_GT(checker.delivered, 0U);
  EXPECT_EQ(checker.malformed + checker.disordered, 0U);
}

// A reader that was stopped while awake: the ring fills, what finds no room is counted, programs
// take "awake" back, and it goes on.
TEST_F(Handshakes, AReaderThatStopsForAWhileGoesOn) {
  start({.records_per_call = 10});
  const std::array<const RingReader*, 1> rings{&*reader};
  auto now = Clock::now();
  // Two rounds with records within 10 ms make it awake.
  (void)handshake->rest(rings, now);
  producers.go(2000);
  ASSERT_TRUE(test::eventually([&] { return ledger->lost() > 1000; }));
  reader->drain(checker, 1);
  (void)handshake->rest(rings, now);
  reader->drain(checker, 1);
  (void)handshake->rest(rings, now + milliseconds(1));
  EXPECT_TRUE(test::eventually([&] { return !producers.running(); }));
  read_until_quiet(milliseconds(50));
  EXPECT_EQ(checker.delivered + ledger->lost(), 20'000U);
}

// Nobody is there to say that he sleeps no more: the next reader, of libbpf's kind, is woken as
// soon as half of a ring is full, and from then on for each record.
TEST_F(Handshakes, AfterAReaderThatWasKilledAwakeAnotherIsWoken) {
  start({});
  const Variable* variable = object->spec().find_variable("skep_wakeup");
  ASSERT_NE(variable, nullptr);
  const auto section = test::must(object->maps()[variable->map].mapped(true));
  auto* words = reinterpret_cast<std::uint64_t*>(section.bytes().data() + variable->offset);
  words[0] = awake;
  words[1] = 2048;
  producers.go(4096 / 24);
  EXPECT_TRUE(test::eventually([&] { return !producers.running(); }));
  EXPECT_EQ(state(), asleep) << "the next record wakes whoever waits";
}

// What programs that use the library do.
class StreamReaders : public testing::Test {
 protected:
  void start(const Settings& settings) {
    object.emplace(test::must(test::load_sequence(producers.ids(), settings)));
    link.emplace(test::must(object->program("on_getppid").value()->attach()));
  }
  // Of `poll`, while 200 000 records are made.
  template <typename Poll>
  void expect_few_wake_ups(Poll poll) {
    rusage before{}, after{};
    ::getrusage(RUSAGE_THREAD, &before);
    const auto begin = Clock::now();
    producers.go(200'000);
    EXPECT_TRUE(test::eventually([&] {
      poll();
      return checker.delivered + lost() >= 200'000;
    }));
    const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
    ::getrusage(RUSAGE_THREAD, &after);
    EXPECT_EQ(checker.delivered, 200'000U);
    EXPECT_EQ(checker.malformed + checker.disordered, 0U);
    EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 50 + 2000 * took);
  }
  [[nodiscard]] std::uint64_t lost() const {
    return test::must(Ledger::open(*object, "events"))->lost();
  }
  Producers producers{1};
  std::optional<Object> object;
  std::optional<Link> link;
  Checker checker;
};

TEST_F(StreamReaders, AFloodCostsFewWakeUps) {
  start({.ring_bytes = 8U << 20});
  auto reader = test::must(StreamReader::open(*object, "events"));
  EXPECT_EQ(test::must(reader.poll(milliseconds(1), checker)), 0U);
  EXPECT_EQ(reader.lost(), 0U);
  expect_few_wake_ups([&] { (void)test::must(reader.poll(milliseconds(20), std::ref(checker))); });
  EXPECT_EQ(test::must(reader.poll(milliseconds(100), std::ref(checker))), 0U) << "and then rest";
}

// However long it may wait, and whatever it was before.
TEST_F(StreamReaders, APolledReaderGoesToAPoller) {
  start({});
  auto reader = test::must(StreamReader::open(*object, "events"));
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(50));
    producers.go(100);
  });
  EXPECT_GT(test::must(reader.poll(milliseconds::max(), std::ref(checker))), 0U);
  later.join();
  while (checker.delivered + reader.lost().value_or(0) < 100) {
    (void)test::must(reader.poll(milliseconds(20), std::ref(checker)));
  }
  auto poller = test::must(Poller::create());
  ASSERT_TRUE(poller.add(reader, std::ref(checker)));
  const auto* variable = object->spec().find_variable("skep_wakeup");
  ASSERT_NE(variable, nullptr);
  EXPECT_EQ((test::value_of<std::array<std::uint64_t, 8>>(*object, "skep_wakeup")[0]),
            kernel_decides);
  EXPECT_EQ(test::must(poller.poll(milliseconds(1))), 0U);
}

TEST_F(StreamReaders, APollerCostsFewWakeUps) {
  start({.ring_bytes = 8U << 20});
  auto reader = test::must(StreamReader::open(*object, "events"));
  auto poller = test::must(Poller::create(*object));
  ASSERT_TRUE(poller.add(reader, std::ref(checker)));
  EXPECT_EQ(test::must(poller.poll(milliseconds(1))), 0U);
  expect_few_wake_ups([&] { (void)test::must(poller.poll(milliseconds(20))); });
}

// By another event loop, which knows nothing but a descriptor.
TEST_F(StreamReaders, APollersDescriptorTellsOfEachRound) {
  start({.ring_bytes = 8U << 20});
  auto reader = test::must(StreamReader::open(*object, "events"));
  auto poller = test::must(Poller::create(*object));
  ASSERT_TRUE(poller.add(reader, std::ref(checker)));
  expect_few_wake_ups([&] {
    pollfd fd{poller.epoll_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&fd, 1, 30'000), 1) << checker.delivered << " records so far";
    (void)test::must(poller.poll(milliseconds(0)));
  });
}

// Its programs are told nothing, so that the kernel decides, and the poller must not sleep on.
TEST_F(StreamReaders, APollerHearsOfARingOfAnotherObject) {
  start({});
  auto spec = test::spec_of("ring_sequence");
  const std::array<int, test::most_threads> ids{test::thread_id()};
  ASSERT_TRUE(spec.set("threads", std::as_bytes(std::span(ids))));
  const auto other = test::must(Object::load(std::move(spec)));
  const auto other_link = test::must(other.program("on_getppid").value()->attach());
  auto reader = test::must(StreamReader::open(*object, "events"));
  auto ring = test::must(RingReader::open(**other.map("events")));
  auto poller = test::must(Poller::create(*object));
  std::size_t count = 0;
  ASSERT_TRUE(poller.add(reader, std::ref(checker)));
  ASSERT_TRUE(poller.add(ring, [&](std::span<const std::byte>) { ++count; }));
  for (std::size_t i = 1; i <= 20; ++i) {
    test::call_getppid();
    const auto asked = Clock::now();
    while (count < i && Clock::now() - asked < std::chrono::seconds(30)) {
      (void)test::must(poller.poll(std::chrono::seconds(60)));
    }
    EXPECT_LT(Clock::now() - asked, std::chrono::seconds(20)) << "nobody woke it";
    std::this_thread::sleep_for(milliseconds(i));  // so that it is asleep, about to be, or awake
  }
  EXPECT_EQ(count, 20U);
}

// A stream with a ring for each CPU.
class PerCpu : public testing::Test {
 protected:
  void start(Settings settings, const std::vector<int>& threads) {
    settings.per_cpu = true;
    object.emplace(test::must(test::load_sequence(threads, settings)));
    link.emplace(test::must(object->program("on_getppid").value()->attach()));
    ledger = test::must(Ledger::open(*object, "events"));
    readers.emplace(*object);
    readers->leave_rest();
    handshake.emplace(*test::must(Handshake::open(*object)));
  }
  std::optional<Object> object;
  std::optional<Link> link;
  std::optional<Ledger> ledger;
  std::optional<Readers> readers;
  std::optional<Handshake> handshake;
};

TEST_F(PerCpu, EachCpuHasARingOfItsOwn) {
  start({}, {test::thread_id()});
  const test::Cpus cpus;
  const auto& rings = (*object->map("events"))->rings();
  ASSERT_GE(rings.size(), std::min<std::size_t>(cpus.count(), 64));
  EXPECT_EQ(rings[0].name(), "events[0]");
  EXPECT_EQ(test::must(rings[0].info()).name, "events.0");
  for (std::size_t i = 0; i < cpus.count(); ++i) {
    cpus.go_to(i);
    test::call_getppid();
    EXPECT_EQ(readers->with_backlog(), std::min<std::size_t>(i + 1, rings.size()));
  }
  EXPECT_EQ(readers->drain(), cpus.count());
  EXPECT_EQ(ledger->lost(), 0U);
}

TEST_F(PerCpu, RecordsOfSeveralThreadsAddUpAndThoseOfOneCpuKeepTheirOrder) {
  Producers producers(4);
  start({.ring_bytes = 16384, .records_per_call = 5, .discard_every = 6, .longest = 60},
        producers.ids());
  producers.go(5000);
  for (bool last = false; !last;) {
    last = !producers.running();
    (void)test::must(handshake->wait(readers->rings(), milliseconds(20)));
    while (readers->drain() > 0) continue;
  }
  EXPECT_EQ(sum(*object, "produced"), 100'000U);
  EXPECT_EQ(readers->delivered() + sum(*object, "discarded") + ledger->lost(), 100'000U);
  EXPECT_GT(readers->delivered(), 100U);
  EXPECT_EQ(readers->wrong(), 0U);
}

TEST_F(PerCpu, ASleeperIsWokenByARecordInAnyRing) {
  start({}, {test::thread_id()});
  const test::Cpus cpus;
  const auto now = Clock::now();
  for (std::size_t i = 0; i < 4 * cpus.count(); ++i) {
    while (handshake->rest(readers->rings(), now)) continue;
    pollfd fd{handshake->wake_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&fd, 1, 0), 0) << "nothing was made";
    cpus.go_to(i);
    test::call_getppid();
    ASSERT_EQ(::poll(&fd, 1, 30'000), 1) << "nobody woke the reader for record " << i;
    handshake->woken(now);
    EXPECT_EQ(readers->drain(), 1U);
  }
}

TEST_F(PerCpu, APollerWatchesAllOfItsRingsOrNone) {
  start({}, {test::thread_id()});
  const test::Cpus cpus;
  if ((*object->map("events"))->rings().size() < 2) return;
  test::FaultySyscalls syscalls;
  auto poller = test::must(Poller::create(&syscalls));
  auto reader = test::must(StreamReader::open(*object, "events"));
  const auto nothing = [](std::span<const std::byte>) {};
  syscalls.restart(1, ENOSPC, false);
  EXPECT_FALSE(poller.add(reader, nothing)) << "the second ring cannot be watched";
  syscalls.restart({}, 0, false);
  cpus.go_to(0);
  test::call_getppid();
  EXPECT_EQ(test::must(poller.poll(milliseconds(0))), 0U);
  pollfd fd{poller.epoll_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&fd, 1, 0), 0) << "the first one is watched";
  ASSERT_TRUE(poller.add(reader, nothing));
  EXPECT_EQ(test::must(poller.poll(milliseconds(0))), 1U);
}

// As the tests of one ring say it.
TEST_F(PerCpu, AReaderThatStopsForAWhileGoesOn) {
  Producers producers(2);
  start({.records_per_call = 10}, producers.ids());
  const auto now = Clock::now();
  (void)handshake->rest(readers->rings(), now);
  producers.go(1000);
  ASSERT_TRUE(test::eventually([&] { return ledger->lost() > 1000; }));
  for (const int later : {0, 1}) {
    readers->drain(1);
    (void)handshake->rest(readers->rings(), now + milliseconds(later));
  }
  EXPECT_TRUE(test::eventually([&] { return !producers.running(); }));
  while (readers->drain() > 0) continue;
  EXPECT_EQ(readers->delivered() + ledger->lost(), 20'000U);
}

TEST_F(PerCpu, AfterAReaderThatWasKilledAwakeAnotherIsWoken) {
  Producers producers(1);
  start({}, producers.ids());
  const Variable* variable = object->spec().find_variable("skep_wakeup");
  ASSERT_NE(variable, nullptr);
  const auto section = test::must(object->maps()[variable->map].mapped(true));
  auto* words = reinterpret_cast<std::uint64_t*>(section.bytes().data() + variable->offset);
  words[0] = awake;
  words[1] = 2048;
  producers.go((readers->rings().size() + 1) * 4096 / 24);  // one of them is half full then
  EXPECT_TRUE(test::eventually([&] { return !producers.running(); }));
  EXPECT_EQ(words[0], asleep) << "the next record wakes whoever waits";
}

// By each reader of the library, with no more words than of a single ring.
TEST_F(PerCpu, EachReaderReadsAllRings) {
  const test::Cpus cpus;
  start({}, {test::thread_id()});
  handshake.reset();
  readers.reset();
  const auto make = [&] {
    for (std::size_t i = 0; i < cpus.count(); ++i) {
      cpus.go_to(i);
      test::call_getppid();
    }
  };
  const auto index = static_cast<std::size_t>(*object->map("events") - object->maps().data());
  struct Head {
    std::uint32_t thread, length;
    std::uint64_t number;
  };
  std::size_t count = 0;
  {
    auto events = test::must(test::must(Ring<Head>::of(*object, index)).reader());
    make();
    while (count < cpus.count()) {
      const auto got = test::must(events.poll(std::chrono::seconds(30), [](const Head&) {}));
      ASSERT_GT(got, 0U);
      count += got;
    }
  }
  auto reader = test::must(StreamReader::open(*object, "events"));
  auto poller = test::must(Poller::create(*object));
  std::size_t seen = 0;
  ASSERT_TRUE(poller.add(reader, [&seen](std::span<const std::byte>) mutable { ++seen; }));
  make();
  for (count = 0; count < cpus.count();) {
    const auto got = test::must(poller.poll(std::chrono::seconds(30)));
    ASSERT_GT(got, 0U);
    count += got;
  }
  EXPECT_EQ(seen, cpus.count());
  EXPECT_EQ(reader.lost(), 0U);
  EXPECT_FALSE(Ring<Head>::of((*object->map("scratch"))[0]).has_value());
}

// As any other loader leaves it.
TEST_F(PerCpu, WithoutARingEachRecordIsCountedAsLost) {
  start({.longest = 100}, {test::thread_id()});
  const auto array = test::must((*object->map("events"))->as<ArrayOfMaps>());
  for (std::uint32_t i = 0; i < 64; ++i) (void)test::must(array.erase(i));
  test::call_getppid(10);
  EXPECT_EQ(ledger->lost(), 10U);
  EXPECT_EQ(readers->drain(), 0U);
}

TEST(Handshake, IsThereOnlyWhereProgramsKnowOfIt) {
  auto other = Object::load(test::spec_of("hook_count"));
  ASSERT_TRUE(other);
  EXPECT_FALSE(Handshake::open(*other).value());
}

}  // namespace
}  // namespace skep
