// `--where` in the kernel: the same rows as in user space, for random expressions and records; no
// wanted record is slept through; and every program that sends records takes one.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "isa/opcode.hpp"
#include "kernel/bpf.hpp"
#include "kernel/faulty_syscalls.hpp"
#include "kernel/host.hpp"
#include "kernel/ring_support.hpp"
#include "kernel/syscalls.hpp"
#include "kernel/where_support.hpp"
#include "record/where_kernel.hpp"
#include "run/plan.hpp"
#include "run/pushdown.hpp"
#include "skep/handshake.hpp"
#include "skep/ledger.hpp"
#include "skep/ring.hpp"
#include "stream/ledger.hpp"

namespace skep {
namespace {

using record::Where;
using std::chrono::milliseconds;
using test::Asker, test::Lie, test::must, test::RandomExpression, test::record_bytes,
    test::RecordBytes, test::schema_of_records;

void says_what_user_space_says(const Lie& lie) {
  test::Types t;
  const auto schema = schema_of_records(t);
  RandomExpression random(7);
  std::size_t wanted = 0, unwanted = 0;
  for (int i = 0; i < 45; ++i) {
    const std::string text = random.make();
    const auto tree = must(record::where::parse(text));
    const Where whole = must(Where::compile(tree, schema));
    const auto split = must(record::split_where(tree, schema));
    ASSERT_TRUE(split.where) << text;
    const record::KernelKind kind{{}, {}, &*split.where};
    Asker asker({&kind, 1}, lie);
    std::uint64_t kept_back = 0;
    for (int n = 0; n < 12; ++n) {
      const auto record = random.record();
      const auto part = std::span<const std::byte>(record).first(random.size());
      const bool wants = asker.wants(part);
      ASSERT_EQ(wants, whole(part))
          << text << " on " << part.size() << " bytes, " << test::json_line(schema, record);
      ++(wants ? wanted : unwanted);
      kept_back += wants ? 0 : 1;
    }
    EXPECT_EQ(asker.counted(), kept_back);
  }
  EXPECT_GT(wanted, 100U);
  EXPECT_GT(unwanted, 100U);
}

TEST(WhereInKernel, SaysWhatUserSpaceSays) { says_what_user_space_says({0, 0}); }
TEST(WhereInKernel, SaysItOnTheStack) { says_what_user_space_says({4, -92}); }
TEST(WhereInKernel, SaysItAtAnOddPlaceOfTheStack) { says_what_user_space_says({1, -91}); }

// Where only a part can be tested there, the kernel lets through all that the whole does.
TEST(WhereParts, TheKernelNeverKeepsBackWhatIsWanted) {
  test::Types t;
  const auto schema = schema_of_records(t);
  RandomExpression random(11);
  std::size_t passed = 0;
  for (int i = 0; i < 40; ++i) {
    const auto text =
        fmt::format("({}) && {} && ({} || real > 1)", random.make(),
                    i % 2 == 0 ? "comm ~ '*b*'" : "!(real < 0.5 || e == 3)", random.make());
    const auto tree = must(record::where::parse(text));
    const Where whole = must(Where::compile(tree, schema));
    const auto split = must(record::split_where(tree, schema));
    ASSERT_TRUE(split.where) << text;
    const record::KernelKind kind{{}, {}, &*split.where};
    Asker asker({&kind, 1}, {0, 0});
    for (int n = 0; n < 12; ++n) {
      const auto record = random.record();
      const bool wants = asker.wants(record);
      ASSERT_LE(whole(record), wants) << text;
      passed += wants && !whole(record) ? 1 : 0;
    }
  }
  EXPECT_GT(passed, 0U) << "nothing was left to user space";
}

// Kinds of record in one stream: by size, by a tag, and what is left.
TEST(WhereParts, EachKindOfRecordHasItsOwn) {
  test::Types t;
  const auto schema = schema_of_records(t);
  const auto compile = [&](const char* text) {
    return must(Where::compile(must(record::where::parse(text)), schema));
  };
  const Where low = compile("a < 10"), high = compile("a > 10"), none = Where::nothing();
  const record::KernelKind kinds[] = {{record_bytes, stream::RecordTag{4, 2, 7}, &low},
                                      {record_bytes, stream::RecordTag{4, 2, 9}, &high},
                                      {20U, {}, nullptr},
                                      {{}, {}, &none}};
  Asker asker(kinds, {0, 0});
  const auto wants = [&](std::uint8_t a, std::uint16_t tag, std::size_t size = record_bytes) {
    RecordBytes record(record_bytes);
    record.set(0, a).set(4, tag);
    return asker.wants(std::span<const std::byte>(record).first(size));
  };
  EXPECT_TRUE(wants(5, 7));
  EXPECT_FALSE(wants(15, 7));
  EXPECT_FALSE(wants(5, 9));
  EXPECT_TRUE(wants(15, 9));
  EXPECT_FALSE(wants(5, 8)) << "of no kind that has the column";
  EXPECT_TRUE(wants(5, 7, 20));
  EXPECT_FALSE(wants(5, 7, 21));
  EXPECT_EQ(asker.counted(), 4U);
}

TEST(WhereParts, WhatIsTooLongStaysInUserSpace) {
  test::Types t;
  const auto schema = schema_of_records(t);
  std::string text = "e in (0";
  for (int i = 1; i < 1000; ++i) text += fmt::format(", {}", i * 3);
  const Where where = must(Where::compile(must(record::where::parse(text + ")")), schema));
  const record::KernelKind kind{{}, {}, &where};
  EXPECT_TRUE(record::where_code({&kind, 1}, 0, test::asker_counter));
  EXPECT_FALSE(record::where_code({&kind, 1}, 1, test::asker_counter));
}

// --- Real rings -------------------------------------------------------------------------------

run::RowOptions rows_where(std::string text) {
  run::RowOptions out;
  out.where = std::move(text);
  return out;
}

std::vector<std::string> parts_in_kernel(const std::vector<run::PlannedWhere>& planned) {
  std::vector<std::string> out;
  for (const auto& rows : planned) {
    for (const auto& part : rows.parts) {
      if (part.why.empty()) out.push_back(part.text);
    }
  }
  return out;
}

Object load_filtered(const std::vector<int>& threads, const test::Settings& settings,
                     const std::string& where) {
  auto spec = must(test::sequence_spec(threads, settings));
  const auto plan = must(run::make_plan(spec));
  const auto planned = run::push_where(spec, plan, rows_where(where), false);
  EXPECT_EQ(fmt::format("{}", fmt::join(parts_in_kernel(planned), " && ")), where);
  return must(Object::load(std::move(spec)));
}

TEST(WhereInRing, WhatIsNotWantedIsCountedAndNotSent) {
  for (const std::uint32_t longest : {0U, 100U}) {
    test::Producers producers(2);
    const auto object = load_filtered(
        producers.ids(), {.ring_bytes = 1U << 20, .records_per_call = 10, .longest = longest},
        "!(number & 6) && thread == 1");
    const auto link = must(object.program("on_getppid").value()->attach());
    auto reader = must(RingReader::open(**object.map("events")));
    const auto ledger = *must(Ledger::open(object, "events"));
    const auto unwanted = *must(stream::UnwantedCounter::open(object, "events"));
    test::Checker checker;
    producers.go(1000);
    ASSERT_TRUE(test::eventually([&] { return !producers.running(); }));
    std::uint64_t wrong = 0;
    reader.drain([&](std::span<const std::byte> record) {
      checker(record);
      wrong +=
          *read_at<std::uint32_t>(record, 0) != 1 || (*read_at<std::uint64_t>(record, 8) & 6) != 0;
    });
    EXPECT_EQ(test::sum(object, "produced"), 20'000U);
    EXPECT_EQ(checker.delivered, 2'500U);
    EXPECT_EQ(checker.malformed + checker.disordered + wrong, 0U);
    EXPECT_EQ(unwanted.count(), 17'500U);
    EXPECT_EQ(ledger.lost(), 0U);
  }
}

TEST(WhereInRing, WithoutAnExpressionNothingIsAsked) {
  auto spec = must(test::sequence_spec({}, {}));
  const auto asked = must(Object::load(spec));
  EXPECT_TRUE(run::push_where(spec, must(run::make_plan(spec)), {}, false).empty());
  const auto cut = must(Object::load(std::move(spec)));
  const auto size_of = [](const Object& object) {
    return must(object.programs()[0].info()).translated_bytes;
  };
  EXPECT_LT(size_of(cut), size_of(asked)) << "what discards is never reached";
}

// A verifier that takes no program with functions.
class NoCalls : public test::FaultySyscalls {
 public:
  long bpf(std::uint32_t number, void* attributes, std::uint32_t size) override {
    if (static_cast<kernel::Command>(number) == kernel::Command::program_load) {
      const auto& load = *static_cast<const kernel::ProgramLoadAttributes*>(attributes);
      const std::span code(reinterpret_cast<const Insn*>(load.instructions),
                           load.instruction_count);
      if (std::ranges::any_of(code, [](const Insn& insn) { return isa::is_pseudo_call(insn); })) {
        constexpr std::string_view log = "no functions today\n";
        if (load.log_size > log.size()) {
          std::memcpy(reinterpret_cast<char*>(load.log), log.data(), log.size() + 1);
        }
        return -EACCES;
      }
    }
    return FaultySyscalls::bpf(number, attributes, size);
  }
};

TEST(WhereInRing, WhatTheVerifierRefusesIsDoneInUserSpace) {
  const auto spec = must(test::sequence_spec({test::thread_id()}, {}));
  auto plan = must(run::make_plan(spec));
  run::SessionOptions options;
  options.where = "number == 3 && thread == 0";
  NoCalls syscalls;
  options.syscalls = &syscalls;
  const auto object = must(run::load_with_where(spec, plan, options, std::nullopt));
  EXPECT_THAT(plan.notes, testing::Contains(testing::AllOf(
                              testing::HasSubstr("--where is tested in user space alone"),
                              testing::HasSubstr("no functions today"))));
  ASSERT_EQ(plan.where.size(), 1U);
  EXPECT_THAT(parts_in_kernel(plan.where), testing::IsEmpty());
  EXPECT_EQ(plan.where[0].parts.size(), 2U);
  const auto link = must(object.program("on_getppid").value()->attach());
  auto reader = must(RingReader::open(**object.map("events")));
  test::call_getppid(10);
  test::Checker checker;
  reader.drain(checker);
  EXPECT_EQ(checker.delivered, 10U) << "all of them, for user space to choose";
}

TEST(WhereInRing, AnExpressionDoesNotChooseAmongAlternatives) {
  const auto spec = test::spec_of("where_alternatives");
  auto plan = must(run::make_plan(spec));
  run::SessionOptions options;
  options.where = "number == 3";
  NoCalls syscalls;
  options.syscalls = &syscalls;
  const auto object = must(run::load_with_where(spec, plan, options, std::nullopt));
  EXPECT_TRUE(object.program("first"));
  EXPECT_TRUE(object.refused().empty());
  EXPECT_THAT(plan.notes, testing::Contains(testing::HasSubstr("in user space alone")));
  EXPECT_THAT(parts_in_kernel(plan.where), testing::IsEmpty());
}

// Whether the thread sleeps in the kernel.
bool is_asleep(int thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/stat", thread));
  std::string text;
  std::getline(file, text);
  const auto name_ends = text.rfind(')');
  return name_ends != std::string::npos && name_ends + 2 < text.size() &&
         text[name_ends + 2] == 'S';
}

// Rounds of a thousand records of which one is wanted, each begun when the reader sleeps until it
// is woken; the next round comes only after this one's record.
void wake_for_one_in_a_thousand(std::uint32_t longest, std::uint64_t wanted, bool shakes_hands) {
  constexpr std::uint64_t rounds = 12;
  std::string where = fmt::format("number in ({}", wanted);
  for (std::uint64_t i = 1; i < rounds; ++i) where += fmt::format(", {}", i * 1000 + wanted);
  const auto object = load_filtered(
      {test::thread_id()}, {.ring_bytes = 1U << 18, .records_per_call = 40, .longest = longest},
      where + ")");
  const auto link = must(object.program("on_getppid").value()->attach());
  const auto ledger = *must(Ledger::open(object, "events"));
  const auto unwanted = *must(stream::UnwantedCounter::open(object, "events"));
  std::atomic<std::uint64_t> seen = 0;
  std::atomic<int> reader_id = 0;
  std::thread thread([&] {
    reader_id = test::thread_id();
    auto reader = must(RingReader::open(**object.map("events")));
    std::optional<Handshake> handshake;
    if (shakes_hands) handshake.emplace(*must(Handshake::open(object)));
    reader.leave_rest(shakes_hands);
    const std::array<const RingReader*, 1> rings{&reader};
    while (seen < rounds) {
      constexpr milliseconds too_long(30'000);
      const bool is_woken =
          must(handshake ? handshake->wait(rings, too_long) : reader.wait(too_long));
      if (!is_woken) break;
      reader.drain([&](std::span<const std::byte> record) {
        EXPECT_EQ(*read_at<std::uint64_t>(record, 8), seen * 1000 + wanted);
        ++seen;
      });
    }
  });
  constexpr std::uint64_t asleep = 2;
  std::uint64_t done = 0;
  for (; done < rounds && seen == done; ++done) {
    const bool is_blocked = test::eventually([&] {
      const auto state = test::value_of<std::array<std::uint64_t, 8>>(object, "skep_wakeup")[0];
      return state == (shakes_hands ? asleep : 0) && reader_id != 0 && is_asleep(reader_id);
    });
    EXPECT_TRUE(is_blocked) << "the reader does not come to rest";
    test::call_getppid(25);
    EXPECT_TRUE(test::eventually([&] { return seen > done; })) << "nobody woke the reader";
  }
  thread.join();
  EXPECT_EQ(seen, rounds);
  EXPECT_EQ(test::sum(object, "produced"), done * 1000);
  EXPECT_EQ(seen + unwanted.count() + ledger.lost(), done * 1000);
  EXPECT_EQ(ledger.lost(), 0U);
}

TEST(WhereInRing, ABlockedReaderIsWokenByOneInAThousandReserved) {
  wake_for_one_in_a_thousand(0, 998, true);
  wake_for_one_in_a_thousand(0, 0, true);
}
TEST(WhereInRing, ABlockedReaderIsWokenByOneInAThousandCopied) {
  wake_for_one_in_a_thousand(50, 999, true);
}
// The others are reserved.
TEST(WhereInRing, ABlockedReaderIsWokenByOneInAThousandOfBothKinds) {
  wake_for_one_in_a_thousand(50, 500, true);
}
TEST(WhereInRing, AReaderThatSaysNothingIsWoken) {
  wake_for_one_in_a_thousand(0, 998, false);
  wake_for_one_in_a_thousand(50, 501, false);
}

// What a reader writes that looks by itself, and may be woken above the mark: an edge-triggered
// epoll set tells of wake-ups, not of what waits.
class AwakeReader {
 public:
  AwakeReader(const Object& object, std::uint64_t mark)
      : reader_(must(RingReader::open(**object.map("events")))),
        place_(*must(Handshake::find(object))),
        section_(must(place_.section->mapped(true))),
        words_(reinterpret_cast<std::uint64_t*>(section_.bytes().data() + place_.offset)) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    EXPECT_EQ(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, (*object.map("events"))->fd(), &event), 0);
    words_[0] = awake;
    words_[1] = mark;
  }
  // Within `time`; the wake-up is heard once.
  bool is_woken(milliseconds time) {
    epoll_event event{};
    return ::epoll_wait(epoll_.get(), &event, 1, static_cast<int>(time.count())) == 1;
  }
  [[nodiscard]] bool is_told_awake() const {
    return __atomic_load_n(words_, __ATOMIC_RELAXED) == awake;
  }
  [[nodiscard]] std::uint64_t backlog() const { return reader_.backlog(); }

 private:
  static constexpr std::uint64_t awake = 1;
  RingReader reader_;
  Handshake::Place place_;
  Mapping section_;
  std::uint64_t* words_;
  Fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
};

// Nothing of it is wanted, and it fills the ring all the same until it is read: up to the mark in
// silence, above it a discard wakes the reader, who has the other half to make room.
TEST(WhereInRing, WhatIsNotWantedWakesAReaderBeforeTheRingIsFull) {
  constexpr std::uint64_t ring = 1U << 16, mark = ring / 2;
  const auto object = load_filtered({test::thread_id()}, {.ring_bytes = ring}, "number > 1000000");
  const auto link = must(object.program("on_getppid").value()->attach());
  const auto ledger = *must(Ledger::open(object, "events"));
  AwakeReader reader(object, mark);
  std::uint64_t before = 0;
  while (reader.is_told_awake() && ledger.lost() == 0) {
    before = reader.backlog();
    EXPECT_FALSE(reader.is_woken(milliseconds(0))) << "at " << before << " bytes";
    test::call_getppid(1);
  }
  EXPECT_LE(before, mark);
  EXPECT_GT(reader.backlog(), mark);
  EXPECT_TRUE(reader.is_woken(std::chrono::seconds(30))) << "nobody said that the ring fills";
  EXPECT_EQ(ledger.lost(), 0U);
}

// --- What others wrote ------------------------------------------------------------------------

// A number of the record, compared with one that it hardly has.
std::optional<std::string> expression_for(const record::Schema& schema) {
  for (const auto& column : schema.columns) {
    const auto text = fmt::format("{} == 77", column.name);
    const auto tree = record::where::parse(text);
    if (tree && Where::compile(*tree, schema)) return text;
  }
  return std::nullopt;
}

// What this kernel loads, it loads with an expression in it. False when it loads neither.
bool takes_one(const ObjectSpec& spec, const run::Plan& plan, const LoadOptions& how) {
  const auto text = expression_for(plan.streams.front().records.front().schema);
  EXPECT_TRUE(text) << spec.name;
  if (!text) return false;
  auto pushed = spec;
  const auto planned = run::push_where(pushed, plan, rows_where(*text), false);
  EXPECT_THAT(parts_in_kernel(planned), testing::Contains(*text)) << spec.name;
  const auto loaded = Object::load(std::move(pushed), how);
  if (loaded) return true;
  EXPECT_FALSE(Object::load(spec, how)) << spec.name << "\n" << test::text_of(loaded.error());
  return false;
}

TEST(WhereInObjects, EveryToolAndExampleTakesOne) {
  namespace fs = std::filesystem;
  const LoadOptions how{.kernel_types = must(kernel::read_kernel_types(kernel::real_syscalls()))};
  std::size_t objects = 0;
  for (const char* folder : {"tools", "examples/objects", "tests/objects"}) {
    for (const auto& file : fs::recursive_directory_iterator(fs::path(SKEP_TEST_BUILD) / folder)) {
      if (file.path().extension() != ".o") continue;
      const auto spec = ObjectSpec::open(file.path());
      if (!spec || spec->find_variable("skep_wakeup") == nullptr) continue;
      const auto plan = run::make_plan(*spec);
      if (!plan || plan->streams.empty() || plan->streams.front().records.empty()) continue;
      objects += takes_one(*spec, *plan, how) ? 1 : 0;
    }
  }
  EXPECT_GE(objects, 10U);
}

}  // namespace
}  // namespace skep
