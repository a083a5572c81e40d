// Data sections of another size: the array at their end, its type, and what stands in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "skep/spec.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

ObjectSpec spec() { return ObjectSpec::open(SKEP_TEST_OBJECTS "/data_resized.bpf.o").value(); }

TEST(Resize, MakesTheLastArrayLarger) {
  auto resized = spec();
  const auto types_before = resized.types.end_id();
  ASSERT_TRUE(resized.resize(".data.events", 8 + 10 * 16));
  const auto* map = resized.find_map(".data.events");
  EXPECT_EQ(map->value_size, 168U);
  EXPECT_EQ(map->contents.size(), 8U + 4 * 16);
  const auto* events = resized.find_variable("events");
  EXPECT_EQ(events->size, 160U);
  EXPECT_EQ(events->type, types_before);
  EXPECT_EQ(resized.types.c_name(events->type), "struct event [10]");
  const auto section = resized.types.type(map->value_type);
  EXPECT_EQ(section.size(), 168U);
  EXPECT_EQ(section.variable(1).size, 160U);
  EXPECT_EQ(resized.types.type(section.variable(1).type).target(), events->type);
  // What stood there stands there, and there is room for more.
  auto bytes = resized.bytes_of(*events);
  EXPECT_EQ(read_at<std::uint64_t>(bytes, 16), 4U);
  bytes[159] = std::byte{1};
  EXPECT_TRUE(resized.set("events", bytes));
  EXPECT_EQ(resized.find_map(".data.events")->contents.back(), std::byte{1});
  // Twice is as good as once, and other sections are as they were.
  ASSERT_TRUE(resized.resize(".data.events", 24));
  EXPECT_EQ(resized.types.c_name(resized.find_variable("events")->type), "struct event [1]");
  EXPECT_EQ(resized.find_map(".data.events")->contents.size(), 24U);
  EXPECT_EQ(resized.find_map(".data.other")->value_size,
            spec().find_map(".data.other")->value_size);
}

TEST(Resize, OfZeroesNeedsNoContents) {
  auto resized = spec();
  ASSERT_TRUE(resized.resize(".bss.table", 4000));
  EXPECT_EQ(resized.find_map(".bss.table")->value_size, 4000U);
  EXPECT_TRUE(resized.find_map(".bss.table")->contents.empty());
  EXPECT_EQ(resized.types.c_name(resized.find_variable("table")->type), "__u32 [1000]");
}

TEST(Resize, RefusesWhatTheTypesCannotSay) {
  auto resized = spec();
  const auto why = [&](std::string_view section, std::uint32_t bytes) {
    const auto done = resized.resize(section, bytes);
    return done ? "done" : done.error().message();
  };
  EXPECT_THAT(why(".data.events", 8 + 17), HasSubstr("elements of 16 bytes"));
  EXPECT_THAT(why(".data.events", 8), HasSubstr("do not end with an element"));
  EXPECT_THAT(why(".data.events", 0), HasSubstr("do not end with an element"));
  EXPECT_THAT(why(".data.events", 8 + (256U << 20)), HasSubstr("more than"));
  EXPECT_THAT(why(".data.nothing", 8), HasSubstr("no data section is named '.data.nothing'"));
  EXPECT_EQ(resized.find_map(".data.events")->value_size, 72U);
  auto sections = ObjectSpec::open(SKEP_TEST_OBJECTS "/ring_sequence.bpf.o").value();
  for (const auto& map : sections.maps) {
    if (map.is_data()) continue;
    EXPECT_FALSE(sections.resize(map.name, 64)) << map.name;
  }
}

}  // namespace
}  // namespace skep
