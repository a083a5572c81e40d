// The ring reader against a program that makes records on the running kernel: every record that
// was made is delivered, discarded or counted as lost; order and contents are right.
#include "skep/ring.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/ring_support.hpp"
#include "run/plan.hpp"
#include "run/session.hpp"
#include "skep/assembler.hpp"
#include "skep/ledger.hpp"

namespace skep {
namespace {

using std::chrono::milliseconds;
using test::Checker, test::Producers, test::sum;

// Reads until the producers are done and the ring is empty.
void read_all(RingReader& reader, Producers& producers, Checker& checker) {
  for (;;) {
    const bool last = !producers.running();
    reader.drain(checker);
    if (last) break;
    ASSERT_TRUE(reader.wait(milliseconds(20)));
  }
}

TEST(Ring, AMillionRecordsAreDeliveredOrCountedAsLost) {
  Producers producers(1);
  constexpr std::size_t per_call = 10, calls = 100'000;
  auto object =
      test::load_sequence(producers.ids(), {.records_per_call = per_call, .longest = 100});
  ASSERT_TRUE(object) << test::text_of(object.error());
  auto link = object->program("on_getppid").value()->attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  auto reader = RingReader::open(**object->map("events"));
  ASSERT_TRUE(reader) << test::text_of(reader.error());
  EXPECT_EQ(reader->capacity(), 4096U);
  const auto ledger = Ledger::open(*object, "events").value();
  ASSERT_TRUE(ledger);

  producers.go(calls);
  // Nobody reads until the ring has overflowed, so that some are lost for sure.
  ASSERT_TRUE(test::eventually([&] { return ledger->lost() > 1000; }));
  Checker checker;
  read_all(*reader, producers, checker);

  const std::uint64_t produced = sum(*object, "produced");
  EXPECT_EQ(produced, per_call * calls);
  EXPECT_EQ(checker.delivered + ledger->lost(), produced);
  EXPECT_GT(checker.delivered, 1000U) << "more than the ring holds: it went round";
  EXPECT_EQ(checker.malformed, 0U);
  EXPECT_EQ(checker.disordered, 0U);
  EXPECT_EQ(reader->backlog(), 0U);
}

TEST(Ring, TwoThreadsAndDiscardedRecordsAddUp) {
  Producers producers(2);
  auto object = test::load_sequence(
      producers.ids(),
      {.ring_bytes = 16384, .records_per_call = 5, .discard_every = 6, .longest = 60});
  ASSERT_TRUE(object) << test::text_of(object.error());
  auto link = object->program("on_getppid").value()->attach();
  ASSERT_TRUE(link);
  auto reader = RingReader::open(**object->map("events"));
  ASSERT_TRUE(reader);
  const auto ledger = Ledger::open(*object, "events").value();
  ASSERT_TRUE(ledger);
  producers.go(50'000);
  Checker checker;
  read_all(*reader, producers, checker);

  const std::uint64_t discarded = sum(*object, "discarded");
  EXPECT_EQ(sum(*object, "produced"), 500'000U);
  EXPECT_GT(discarded, 0U);
  EXPECT_EQ(checker.delivered + discarded + ledger->lost(), 500'000U);
  EXPECT_EQ(checker.malformed, 0U);
  EXPECT_EQ(checker.disordered, 0U);
}

TEST(Ring, LosesNothingWhileThereIsRoom) {
  Producers producers(1);
  auto object =
      test::load_sequence(producers.ids(), {.ring_bytes = 4U << 20, .records_per_call = 10});
  ASSERT_TRUE(object);
  auto link = object->program("on_getppid").value()->attach();
  ASSERT_TRUE(link);
  auto reader = RingReader::open(**object->map("events"));
  ASSERT_TRUE(reader);
  const auto ledger = Ledger::open(*object, "events").value();
  producers.go(10'000);  // 2.4 MB
  Checker checker;
  read_all(*reader, producers, checker);
  EXPECT_EQ(checker.delivered, 100'000U);
  EXPECT_EQ(ledger->lost(), 0U);
}

// Each record is made only when the one before was read: whoever sleeps through a wake-up sleeps
// for ever.
TEST(Ring, EveryRecordWakesTheReader) {
  std::atomic<int> producer_id = 0;
  std::atomic<std::uint64_t> wanted = 0;
  constexpr std::uint64_t rounds = 20'000;
  std::thread producer([&] {
    producer_id = test::thread_id();
    producer_id.notify_all();
    for (std::uint64_t i = 0; i < rounds; ++i) {
      wanted.wait(i);
      test::call_getppid();
    }
  });
  producer_id.wait(0);
  auto object = test::load_sequence({producer_id}, {});
  auto link = object->program("on_getppid").value()->attach();
  auto reader = RingReader::open(**object->map("events"));
  EXPECT_TRUE(link && reader);
  Checker checker;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    wanted = i + 1;
    wanted.notify_all();
    while (checker.delivered == i) {
      const auto woken = reader->wait(std::chrono::seconds(30));
      if (!woken || !*woken) {
        ADD_FAILURE() << "nobody woke the reader for record " << i;
        wanted = rounds;  // let the producer end
        wanted.notify_all();
        producer.join();
        return;
      }
      reader->drain(checker);
    }
  }
  producer.join();
  EXPECT_EQ(checker.delivered, rounds);
}

TEST(Ring, WaitTakesItsTimeWhenThereIsNothing) {
  auto object = test::load_sequence({}, {});
  ASSERT_TRUE(object);
  auto reader = RingReader::open(**object->map("events"));
  ASSERT_TRUE(reader);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(reader->wait(milliseconds(50)).value());
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(49));
}

TEST(Ring, ASecondReaderGoesOnWhereTheFirstStopped) {
  auto object = test::load_sequence({test::thread_id()}, {.records_per_call = 3});
  ASSERT_TRUE(object);
  auto link = object->program("on_getppid").value()->attach();
  ASSERT_TRUE(link);
  test::call_getppid();
  Checker checker;
  EXPECT_EQ(RingReader::open(**object->map("events")).value().drain(checker, 2), 2U);
  auto second = RingReader::open(**object->map("events"));
  ASSERT_TRUE(second);
  object->maps().clear();  // the reader needs its map no more
  EXPECT_EQ(second->drain(checker), 1U);
  test::call_getppid();
  EXPECT_TRUE(second->wait(std::chrono::seconds(30)).value());
  EXPECT_EQ(second->drain(checker), 3U);
  EXPECT_EQ(checker.disordered, 0U);
}

constexpr int long_record = 100'000;  // bytes: longer than what is mapped behind the data at first

// Makes one in "ring", with a number at each end.
assembly::Code make_long_record() {
  using namespace assembly;
  constexpr int last = long_record - 8;
  return {load_map(r1, "ring"),
          mov(r2, long_record),
          mov(r3, 0),
          call("bpf_ringbuf_reserve"),
          jeq(r0, 0, "full"),
          store(u64, r0[0], 1),
          mov(r1, r0),
          add(r0, last),
          store(u64, r0[0], 2),
          mov(r2, 0),
          call("bpf_ringbuf_submit"),
          label("full"),
          mov(r0, 0),
          exit()};
}

// Those that go round the end are whole, too.
TEST(Ring, RecordsOfAQuarterOfTheRingGoRound) {
  auto spec =
      assemble({.maps = {{.name = "ring", .type = MapType::ringbuf, .max_entries = 1U << 18}},
                .programs = {{.name = "produce", .section = "tc", .code = make_long_record()}}});
  ASSERT_TRUE(spec) << test::text_of(spec.error());
  const auto object = Object::load(*std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  auto reader = RingReader::open(**object->map("ring"));
  ASSERT_TRUE(reader) << test::text_of(reader.error());
  const std::vector<std::byte> packet(64);
  std::size_t whole = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(object->programs()[0].run({.data = packet}));
    EXPECT_EQ(reader->drain([&](std::span<const std::byte> record) {
      std::uint64_t ends[2] = {};
      ASSERT_EQ(record.size(), std::size_t{long_record});
      std::memcpy(&ends[0], record.data(), 8);
      std::memcpy(&ends[1], record.data() + long_record - 8, 8);
      whole += ends[0] == 1 && ends[1] == 2 ? 1 : 0;
    }),
              1U);
  }
  EXPECT_EQ(whole, 10U);
  EXPECT_TRUE(reader->check());
}

// A ring of twice 64 KiB cannot be mapped whole, once a record needs it.
class NoMoreMemory : public test::FaultySyscalls {
 public:
  long mmap(void* address, std::size_t length, int protection, int flags, int fd,
            long offset) override {
    if (length > std::size_t{2} * ring_bytes) return -ENOMEM;
    return FaultySyscalls::mmap(address, length, protection, flags, fd, offset);
  }
  static constexpr std::uint32_t ring_bytes = 1U << 17;
};

TEST(Ring, ASessionSaysThatItCannotReadOn) {
  auto spec = assemble({.license = "GPL",
                        .maps = {{.name = "ring",
                                  .type = MapType::ringbuf,
                                  .max_entries = NoMoreMemory::ring_bytes}},
                        .programs = {{.name = "produce",
                                      .section = "tp/syscalls/sys_enter_getppid",
                                      .code = make_long_record()}}});
  ASSERT_TRUE(spec) << test::text_of(spec.error());
  auto plan = run::make_plan(*spec);
  ASSERT_TRUE(plan) << test::text_of(plan.error());
  NoMoreMemory syscalls;
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  run::SessionOptions options;
  options.duration = std::chrono::seconds(30);
  options.output = nowhere.get();
  options.syscalls = &syscalls;
  auto session = run::Session::start(*std::move(spec), *std::move(plan), std::move(options));
  ASSERT_TRUE(session) << test::text_of(session.error());
  std::jthread makes_records([](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      test::call_getppid();
      std::this_thread::yield();
    }
  });
  const auto sum = session->run();
  ASSERT_TRUE(sum) << test::text_of(sum.error());
  ASSERT_TRUE(sum->trouble);
  EXPECT_NE(sum->trouble->message().find("map the whole ring buffer"), std::string::npos)
      << sum->trouble->message();
  EXPECT_EQ(sum->rows, 1U) << "the one before it";
}

TEST(Ledger, IsThereForItsRingOnly) {
  auto object = test::load_sequence({}, {});
  ASSERT_TRUE(object);
  EXPECT_TRUE(Ledger::open(*object, "events").value());
  EXPECT_FALSE(Ledger::open(*object, "scratch").value());
  auto other = Object::load(test::spec_of("hook_count"));
  ASSERT_TRUE(other);
  EXPECT_FALSE(Ledger::open(*other, "events").value());
}

}  // namespace
}  // namespace skep
