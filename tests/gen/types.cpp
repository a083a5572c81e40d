// A header that `skep gen` wrote for types that are hard to write as C++, against what a program of
// the kernel makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gen_types.skel.hpp"
#include "kernel/support.hpp"
#include "ring_sequence_per_cpu.skel.hpp"

namespace skep {
namespace {

using test::must;

TEST(Generated, TypesReadWhatAProgramWrote) {
  auto spec = must(gen_types::Spec::open());
  EXPECT_EQ(spec.rodata.private_.low(), 5U);
  EXPECT_EQ(spec.rodata.private_.negative(), -7);
  EXPECT_STREQ(spec.rodata.greeting, "hello");
  EXPECT_EQ(spec.data.counters[3], 4);
  spec.rodata.private_.set_high(511);
  spec.data_hidden_part.hidden = 30;
  spec.bss.zero = 100;
  spec.maps().events.max_entries = 8192;
  const auto object = must(spec.load());
  auto events = must(object.maps().events.reader());
  EXPECT_EQ(events.ring().capacity(), 8192U);

  const auto link = must(object.programs().throw_.attach());
  test::call_getppid();
  const auto all = must(object.maps().everything.lookup(0));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->class_, gen_types::FIRST);
  EXPECT_EQ(all->wide, gen_types::HUGE);
  EXPECT_EQ(all->packed.b, 0x01020304U);
  EXPECT_EQ(all->anonymous.half, 7U);
  EXPECT_EQ(all->word, 7U);
  EXPECT_EQ(all->into, 8);
  EXPECT_EQ(all->points[1][2].y, 9);
  EXPECT_EQ(all->bits.low(), 5U);
  EXPECT_EQ(all->bits.high(), 511U);
  EXPECT_EQ(all->bits.negative(), -7);
  EXPECT_EQ(all->bits.wide(), 0x8123456789U);
  EXPECT_EQ(all->bits.last, 9);
  EXPECT_EQ(all->aligned, 10);
  EXPECT_EQ(all->anonymous_type.inside.deeper, 11);
  EXPECT_EQ(all->tail, 42U);

  // Other processes of this machine may have called getppid, too.
  const auto bss = must(object.bss());
  EXPECT_GE(bss->zero, 101U);
  EXPECT_GE(bss->throw_calls, 1U);
  EXPECT_EQ(must(object.rodata())->private_.high(), 511U);
  std::size_t count = 0;
  EXPECT_TRUE(events.poll(std::chrono::seconds(30), [&](const gen_types::flexible& event,
                                                        std::span<const std::byte> record) {
    EXPECT_EQ(event.length, 8U);
    EXPECT_EQ(std::memcmp(record.data() + sizeof(event), "hello\0\0", 8), 0);
    ++count;
  }));
  EXPECT_GE(count, 1U);
}

// By the words of a single ring.
TEST(Generated, AStreamWithARingForEachCpu) {
  auto spec = must(ring_sequence_per_cpu::Spec::open());
  spec.rodata.threads[0] = test::thread_id();
  spec.maps().events.max_entries = 8192;
  const auto object = must(spec.load());
  auto events = must(object.maps().events.reader());
  EXPECT_EQ(events.ring().capacity(), 8192U);
  EXPECT_EQ(events.rings().size(), must(object.object().map("events"))->rings().size());
  const auto link = must(object.programs().on_getppid.attach());
  test::call_getppid(3);
  std::size_t count = 0;
  while (count < 3) {
    const auto got = must(events.poll(
        std::chrono::seconds(30),
        [](const ring_sequence_per_cpu::ring_event& event) { EXPECT_EQ(event.thread, 0U); }));
    ASSERT_GT(got, 0U);
    count += got;
  }
  EXPECT_EQ(events.lost(), 0U);

  // What is set of the array itself would not be the size of a ring.
  spec.object().find_map("events")->max_entries = 1U << 20;
  EXPECT_THAT(spec.load().error().message(), testing::HasSubstr("is no number of ring buffers"));
}

TEST(Generated, KeysMayBePackedAndValuesUnknown) {
  const auto object = must(must(gen_types::Spec::open()).load());
  const auto& map = object.maps().new_;
  std::array<std::byte, 5> value{std::byte{1}, std::byte{2}};
  ASSERT_TRUE(map.update({1, 2}, value));
  EXPECT_EQ(must(map.lookup({1, 2})), value);
  EXPECT_FALSE(must(map.lookup({1, 3})));
}

TEST(Generated, AProgramThatWasNotLoadedSaysSo) {
  auto spec = must(gen_types::Spec::open());
  spec.programs().throw_.autoload = false;
  const auto object = must(spec.load());
  EXPECT_FALSE(object.programs().throw_.is_loaded());
  EXPECT_THAT(object.programs().throw_.attach().error().message(),
              testing::HasSubstr("program 'throw' was not loaded"));
}

}  // namespace
}  // namespace skep
