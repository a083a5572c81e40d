// Rings and printed lines with made-up contents: no kernel, no privileges.
#include "skep/ring.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "stream/trace_pipe.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using test::FakeSyscalls;

constexpr std::uint32_t busy = 1U << 31, discard = 1U << 30;

// A ring of one page whose memory the test writes as the kernel would.
class Ring : public testing::Test {
 protected:
  static constexpr std::size_t size = 4096;

  void SetUp() override {
    const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (page != size) GTEST_SKIP() << "made for pages of 4096 bytes";
    auto opened = RingReader::open(map);
    ASSERT_TRUE(opened) << opened.error().message();
    reader.emplace(*std::move(opened));
    consumer = sys.mappings[0].data();
    producer = sys.mappings[1].data();
    data = producer + page;
  }

  static Map make_map(FakeSyscalls& sys, std::uint32_t entries, MapType type = MapType::ringbuf) {
    return {sys,
            Fd(::eventfd(0, EFD_CLOEXEC)),
            {.name = "ring", .type = type, .max_entries = entries},
            0};
  }

  // A record with bytes `value` at `position`, in both copies of the data.
  void put(std::uint64_t position, std::uint32_t header, std::size_t length, int value) {
    const std::uint64_t at = position % size;
    std::memcpy(data + at, &header, 4);
    for (std::size_t i = 0; i < length; ++i) {
      data[(at + 8 + i) % size] = data[(at + 8 + i) % size + size] = std::byte(value);
    }
  }
  void produce_to(std::uint64_t position) { std::memcpy(producer, &position, 8); }
  [[nodiscard]] std::uint64_t consumed() const {
    std::uint64_t position = 0;
    std::memcpy(&position, consumer, 8);
    return position;
  }
  std::vector<std::string> drain(std::size_t limit = SIZE_MAX) {
    std::vector<std::string> out;
    reader->drain(
        [&](std::span<const std::byte> record) {
          out.emplace_back(reinterpret_cast<const char*>(record.data()), record.size());
        },
        limit);
    return out;
  }

  FakeSyscalls sys;
  Map map = make_map(sys, size);
  std::optional<RingReader> reader;
  std::byte* consumer = nullptr;
  std::byte* producer = nullptr;
  std::byte* data = nullptr;
};

using Texts = std::vector<std::string>;

TEST_F(Ring, HandsOutWhatIsCompleteInOrder) {
  put(0, 3, 3, 'a');
  put(16, 9, 9, 'b');
  produce_to(40);
  EXPECT_EQ(reader->backlog(), 40U);
  EXPECT_EQ(drain(), (Texts{"aaa", "bbbbbbbbb"}));
  EXPECT_EQ(consumed(), 40U);
  EXPECT_EQ(reader->backlog(), 0U);
  EXPECT_EQ(drain(), Texts{});
}

TEST_F(Ring, StopsAtARecordThatIsBeingWritten) {
  put(0, 4, 4, 'a');
  put(16, 4 | busy, 4, 'b');
  put(32, 4, 4, 'c');
  produce_to(48);
  EXPECT_EQ(drain(), Texts{"aaaa"});
  EXPECT_EQ(consumed(), 16U);
  put(16, 4, 4, 'b');
  EXPECT_EQ(drain(), (Texts{"bbbb", "cccc"}));
}

TEST_F(Ring, PassesOverDiscardedRecords) {
  put(0, 100 | discard, 0, 0);
  put(112, 0, 0, 0);
  put(120, 1, 1, 'x');
  produce_to(136);
  EXPECT_EQ(drain(), (Texts{"", "x"}));
  EXPECT_EQ(consumed(), 136U);
}

TEST_F(Ring, StopsAtTheLimitAndPublishesWhatItRead) {
  for (std::uint64_t i = 0; i < 5; ++i) put(16 * i, 8, 8, 'a' + static_cast<int>(i));
  produce_to(80);
  EXPECT_EQ(drain(2).size(), 2U);
  EXPECT_EQ(consumed(), 32U);
  EXPECT_TRUE(reader->wait(std::chrono::milliseconds(0)).value()) << "three are waiting";
  EXPECT_EQ(drain().size(), 3U);
}

TEST_F(Ring, GoesRoundTheEnd) {
  put(0, 4072, 4072, 'a');
  produce_to(4080);
  EXPECT_EQ(drain(), Texts{std::string(4072, 'a')});
  put(4080, 24, 24, 'b');
  produce_to(4112);
  EXPECT_EQ(drain(), Texts{std::string(24, 'b')});
  EXPECT_EQ(consumed(), 4112U);
}

TEST_F(Ring, GivesRoomBackWhileItReadsButNotWhatIsBeingRead) {
  for (std::uint64_t i = 0; i < 16; ++i) put(256 * i, 248, 248, 'r');
  produce_to(4096);
  std::uint64_t index = 0;
  std::uint64_t most_behind = 0;
  reader->drain([&](std::span<const std::byte>) {
    EXPECT_LE(consumed(), 256 * index);
    most_behind = std::max(most_behind, 256 * index - consumed());
    ++index;
  });
  EXPECT_LE(most_behind, 1024U + 256U);
  EXPECT_GE(most_behind, 512U) << "not once per record either";
}

TEST_F(Ring, ReadsAtMostOneRingAtATime) {
  // A producer that is always ahead.
  std::size_t count = 0;
  for (std::uint64_t i = 0; i < 16; ++i) put(256 * i, 248, 248, 'r');
  produce_to(4096);
  reader->drain([&](std::span<const std::byte>) { produce_to(4096 + 256 * ++count); });
  EXPECT_EQ(count, 16U);
}

TEST_F(Ring, NeverReadsOutsideWhateverTheHeaderSays) {
  const std::pair<std::uint32_t, std::uint64_t> lies[] = {
      {9, 16},                       // longer than what was produced
      {4096, 8192},                  // longer than the ring
      {(1U << 30) - 1, 1ULL << 40},  // the longest that a header can say
      {8, 4104},                     // produced more than the ring holds
  };
  for (const auto& [length, produced] : lies) {
    auto fresh = RingReader::open(map);
    ASSERT_TRUE(fresh);
    const std::size_t page = size;
    std::byte* own = sys.mappings.back().data();
    std::memcpy(own + page, &length, 4);
    std::memcpy(own, &produced, 8);
    EXPECT_EQ(fresh->drain([](auto) { FAIL(); }), 0U);
    const auto waited = fresh->wait(std::chrono::milliseconds(0));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind(), ErrorKind::bad_input);
  }
}

TEST_F(Ring, OpensRingsOnly) {
  EXPECT_FALSE(RingReader::open(make_map(sys, 4096, MapType::array)));
  EXPECT_FALSE(RingReader::open(make_map(sys, 4095)));
  EXPECT_FALSE(RingReader::open(make_map(sys, 0)));
}

TEST_F(Ring, LeavesNothingBehindWhicheverCallFails) {
  const auto before = test::open_descriptors();
  for (std::size_t n = 0;; ++n) {
    FakeSyscalls failing;
    failing.fail_call = n;
    {
      const Map other = make_map(failing, size);
      const auto opened = RingReader::open(other);
      EXPECT_EQ(opened.has_value(), n >= failing.calls.size()) << "call " << n;
    }
    EXPECT_EQ(test::open_descriptors(), before) << "call " << n;
    if (n >= failing.calls.size()) break;
  }
}

TEST(TraceLine, IsTakenApart) {
  const auto line =
      stream::parse_line("            bash-1234    [001] d..31  5678.012345: bpf_trace_printk: hi");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->comm, "bash");
  EXPECT_EQ(line->pid, 1234U);
  EXPECT_EQ(line->cpu, 1U);
  EXPECT_EQ(line->time, (stream::TraceTime{5678, 12345}));
  EXPECT_EQ(line->text, "hi");
}

TEST(TraceLine, TakesAnyComm) {
  const auto nasty =
      stream::parse_line(" a-1 [2] b: c: d-77      [000] ...21    12.000001: bpf_trace_printk: x");
  ASSERT_TRUE(nasty);
  EXPECT_EQ(nasty->comm, "a-1 [2] b: c: d");
  EXPECT_EQ(nasty->pid, 77U);
  const auto forgotten =
      stream::parse_line("           <...>-9       [128] .....    12.000001: bpf_trace_printk: ");
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(forgotten->comm, "<...>");
  EXPECT_EQ(forgotten->cpu, 128U);
  EXPECT_EQ(forgotten->text, "");
}

TEST(TraceLine, TakesTheOptionsOfTracefs) {
  for (const char* text : {
           "            bash-7       (      7) [001] d..31     3.000004: bpf_trace_printk: t",
           "            bash-7       (-------) [001] d..31     3.000004: bpf_trace_printk: t",
           "            bash-7       [001]     3.000004: bpf_trace_printk: t",
           "            bash-7       [001] 2N.2.     3.000004: bpf_trace_printk: t",
       }) {
    const auto line = stream::parse_line(text);
    ASSERT_TRUE(line) << text;
    EXPECT_EQ(line->time, (stream::TraceTime{3, 4})) << text;
    EXPECT_EQ(line->text, "t") << text;
  }
  const auto counter =
      stream::parse_line("            bash-7       [001] d..31   123456789: bpf_trace_printk: t");
  ASSERT_TRUE(counter);
  EXPECT_EQ(counter->time, (stream::TraceTime{123456789, 0}));
}

TEST(TraceLine, LeavesOtherLinesAlone) {
  for (const char* text :
       {"", "CPU:1 [LOST 12 EVENTS]",
        "            bash-7       [001] d..31     3.000004: sched_switch: prev_comm=bash",
        "            bash-7       [001] d..31     3.000004 bpf_trace_printk: t",
        "            bash-x       [001] d..31     3.000004: bpf_trace_printk: t",
        "            bash-7       (", "            bash-7       [", "            bash-7       [0] ",
        "            bash-7       [0] d..", "            bash-99999999999 [0] d 1.2: x",
        "bpf_trace_printk: no header"}) {
    EXPECT_FALSE(stream::parse_line(text)) << text;
  }
}

// The pipe as a file of the fake kernel.
std::vector<std::string> texts_of(FakeSyscalls& sys, std::uint64_t* lost = nullptr) {
  auto pipe = stream::TracePipe::open(sys);
  EXPECT_TRUE(pipe);
  std::vector<std::string> out;
  EXPECT_TRUE(pipe->drain([&](const stream::PrintedLine& line) { out.push_back(line.text); }));
  if (lost != nullptr) *lost = pipe->lost();
  return out;
}

TEST(TracePipe, PassesOverOldLinesAndOtherEvents) {
  FakeSyscalls sys;
  sys.files["per_cpu/cpu0/stats"] = "entries: 3\nnow ts:    20.000100\ndropped events: 0\n";
  sys.files["tracing_on"] = "1\n";
  sys.files["trace_pipe"] =
      "            bash-7       [001] d..31    20.000099: bpf_trace_printk: old\n"
      "of the old\n"
      "            bash-7       [001] d..31    20.000100: bpf_trace_printk: one\n"
      "and more of it\n"
      "\n"
      "CPU:1 [LOST 12 EVENTS]\n"
      "            bash-7       [001] d..31    20.000200: sched_switch: prev\n"
      "of the switch\n"
      "            bash-7       [001] d..31    20.000300: bpf_trace_printk: two: 3\n";
  std::uint64_t lost = 0;
  EXPECT_EQ(texts_of(sys, &lost), (Texts{"one", "and more of it", "two: 3"}));
  EXPECT_EQ(lost, 12U);
}

TEST(TracePipe, SaysWhenNothingCanCome) {
  FakeSyscalls sys;
  sys.files["tracing_on"] = "0\n";
  sys.files["trace_pipe"] = "";
  const auto pipe = stream::TracePipe::open(sys);
  ASSERT_TRUE(pipe);
  EXPECT_EQ(pipe->notes().size(), 1U);
}

}  // namespace
}  // namespace skep
