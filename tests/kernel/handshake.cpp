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

#include "kernel/ring_support.hpp"
#include "skep/ledger.hpp"
#include "skep/poller.hpp"
#include "skep/ring.hpp"
#include "skep/stream.hpp"

namespace skep {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using test::Checker, test::Producers, test::Settings, test::sum;

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

// Rounds go on for `length`, and on a busy machine until there were `enough`.
class Rounds {
 public:
  explicit Rounds(milliseconds length) : end_(Clock::now() + length) {}
  [[nodiscard]] bool go_on(std::uint64_t had, std::uint64_t enough) const {
    return Clock::now() < (had > enough ? end_ : end_ + std::chrono::seconds(30));
  }

 private:
  Clock::time_point end_;
};

// Each record is made when the one before was read and a time that no clock of the reader's fits
// has passed: on the way to sleep, asleep, or while it rests. Whoever oversleeps one record would
// sleep for ever, since none follows.
void race(Settings settings, milliseconds length) {
  std::atomic<int> producer_id = 0;
  std::atomic<std::uint64_t> wanted = 0;
  std::atomic<std::int64_t> made_at = 0;
  std::atomic<bool> done = false;
  std::thread producer([&] {
    producer_id = test::thread_id();
    producer_id.notify_all();
    std::uint64_t random = 12345;
    for (std::uint64_t i = 0;; ++i) {
      wanted.wait(i);
      if (done) return;
      random = random * 6364136223846793005U + 1442695040888963407U;
      // Most of them close by; some when the reader is about to sleep, or does.
      const auto most = random >> 62 == 0 ? 45'000U : random >> 62 == 1 ? 2'000U : 50U;
      const auto pause = std::chrono::microseconds((random >> 32) % most);
      const auto until = Clock::now() + pause;
      if (pause > milliseconds(1)) std::this_thread::sleep_for(pause - milliseconds(1));
      while (Clock::now() < until) continue;
      made_at = Clock::now().time_since_epoch().count();
      test::call_getppid();
    }
  });
  producer_id.wait(0);
  {
    const auto object = test::must(test::load_sequence({producer_id}, settings));
    const auto link = test::must(object.program("on_getppid").value()->attach());
    auto reader = test::must(RingReader::open(**object.map("events")));
    auto handshake = *test::must(Handshake::open(object));
    const std::array<const RingReader*, 1> rings{&reader};
    reader.leave_rest(true);
    Checker checker;
    std::uint64_t rounds = 0, late = 0;
    for (const Rounds time(length); time.go_on(rounds, 20);) {
      const auto before = checker.delivered;
      ++rounds;
      wanted = rounds;
      wanted.notify_all();
      while (checker.delivered == before) {
        if (!test::must(handshake.wait(rings, std::chrono::seconds(10)))) {
          ADD_FAILURE() << "nobody woke the reader for record " << rounds;
          break;
        }
        reader.drain(checker);
      }
      if (checker.delivered == before) break;
      const auto waited = Clock::now().time_since_epoch() - Clock::duration(made_at.load());
      late += waited > milliseconds(60) ? 1 : 0;
    }
    EXPECT_GT(rounds, 20U);
    EXPECT_LE(late, 1 + rounds / 2) << "of " << rounds << "; the machine has its share";
    EXPECT_EQ(checker.delivered, rounds);
    EXPECT_EQ(sum(object, "produced"), rounds);
  }
  done = true;
  ++wanted;
  wanted.notify_all();
  producer.join();
}

void spin(unsigned times) {
  for (volatile unsigned left = times; left > 0;) left = left - 1;
}

// The same without waiting for the clock: the reader is told that no time passes, so that it goes
// to sleep after three looks. The time that it takes before follows the outcome: longer when it
// slept before the record came, shorter when it did not. So most rounds are close to the moment
// that matters.
void race_to_sleep(Settings settings, milliseconds length) {
  std::atomic<int> producer_id = 0;
  std::atomic<std::uint64_t> wanted = 0;
  std::atomic<bool> done = false;
  std::thread producer([&] {
    producer_id = test::thread_id();
    producer_id.notify_all();
    unsigned random = 12345;
    for (std::uint64_t i = 0;; ++i) {
      while (wanted == i) continue;
      if (done) return;
      random = random * 1664525U + 1013904223U;
      spin(3000 + (random >> 24));
      test::call_getppid();
    }
  });
  producer_id.wait(0);
  {
    const auto object = test::must(test::load_sequence({producer_id}, settings));
    const auto link = test::must(object.program("on_getppid").value()->attach());
    auto reader = test::must(RingReader::open(**object.map("events")));
    auto handshake = *test::must(Handshake::open(object));
    const std::array<const RingReader*, 1> rings{&reader};
    Checker checker;
    const auto now = Clock::now();
    std::uint64_t rounds = 0, blocked = 0;
    int delay = 1500;
    for (const Rounds time(length); time.go_on(blocked, 100); ++rounds) {
      const auto before = checker.delivered;
      ++wanted;
      spin(static_cast<unsigned>(delay));
      const auto blocked_before = blocked;
      while (checker.delivered == before) {
        if (!handshake.rest(rings, now)) {
          pollfd fd{handshake.wake_fd(), POLLIN, 0};
          ++blocked;
          if (::poll(&fd, 1, 10'000) != 1) break;
          handshake.woken(now);
        }
        reader.drain(checker);
      }
      delay = std::clamp(delay + (blocked > blocked_before ? 20 : -20), 0, 20'000);
      ASSERT_GT(checker.delivered, before) << "nobody woke the reader for record " << rounds
                                           << (done = true, ++wanted, producer.join(), "");
    }
    EXPECT_GT(blocked, 100U) << "of " << rounds;
  }
  done = true;
  ++wanted;
  producer.join();
}

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
  while (test::must(reader.poll(milliseconds(20), std::ref(checker))) > 0) continue;
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
    ASSERT_EQ(::poll(&fd, 1, 10'000), 1) << checker.delivered << " records so far";
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

TEST(Handshake, IsThereOnlyWhereProgramsKnowOfIt) {
  auto other = Object::load(test::spec_of("hook_count"));
  ASSERT_TRUE(other);
  EXPECT_FALSE(Handshake::open(*other).value());
}

}  // namespace
}  // namespace skep
