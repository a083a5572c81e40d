// Records and entries by what an object says of them: skep/record.hpp.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "skep/record.hpp"

namespace skep::test {
namespace {

ObjectSpec spec_of(const std::string& name) {
  return ObjectSpec::open(SKEP_TEST_OBJECTS "/" + name + ".bpf.o").value();
}
std::string line_of(const RecordFormatter& formatter, std::span<const std::byte> record) {
  std::string out;
  formatter.append(out, record);
  return out;
}
template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

struct RingEvent {
  std::uint32_t thread, length;
  std::uint64_t number;
};

TEST(RecordFormatter, RecordsOfAStream) {
  const auto formatter = RecordFormatter::of_records(spec_of("ring_sequence"), "events").value();
  EXPECT_EQ(formatter.types(), std::vector<std::string_view>{"ring_event"});
  const RingEvent event{2, 0, 77};
  EXPECT_EQ(line_of(formatter, bytes_of(event)), "{\"thread\":2,\"length\":0,\"number\":77}\n");
  EXPECT_EQ(formatter.type_of(bytes_of(event)), "ring_event");
  EXPECT_EQ(line_of(formatter, bytes_of(event).first(3)), "{\"_raw\":\"020000\"}\n");
  EXPECT_EQ(line_of(formatter, {}), "{\"_raw\":\"\"}\n");
}

TEST(RecordFormatter, RecordsOfNoKnownType) {
  auto spec = spec_of("map_ringbuf");
  ASSERT_EQ(spec.maps.size(), 1U);
  const auto formatter = RecordFormatter::of_records(spec, spec.maps[0].name).value();
  const std::array<std::uint8_t, 2> bytes{1, 0xff};
  ASSERT_TRUE(formatter.types().empty());
  EXPECT_EQ(line_of(formatter, bytes_of(bytes)), "{\"raw\":\"01ff\"}\n");
  EXPECT_EQ(formatter.type_of(bytes_of(bytes)), "");
}

// One of a fixed size, and one that is as long as it is filled, in one ring.
TEST(RecordFormatter, WhatHasASizeIsLookedForFirst) {
  const auto spec = spec_of("record_kinds");
  const auto formatter = RecordFormatter::of_records(spec, "events").value();
  ASSERT_EQ(formatter.types().size(), 2U);
  EXPECT_EQ(formatter.types()[0], "fixed");
  const std::array<std::uint32_t, 4> fixed{7, 8, 9, 10};
  EXPECT_EQ(line_of(formatter, bytes_of(fixed)), "{\"a\":7,\"b\":8,\"c\":9,\"d\":10}\n");
}

TEST(RecordFormatter, EntriesOfAMap) {
  const auto formatter = RecordFormatter::of_entries(spec_of("map_lpm_trie"), "routes").value();
  struct {
    std::uint32_t bits = 64;
    std::array<std::uint8_t, 16> address{0xfe, 0x80};
  } key;
  const std::uint32_t action = 1;
  std::string out;
  formatter.append(out, bytes_of(key), bytes_of(action));
  EXPECT_EQ(out, "{\"key\":\"fe80::/64\",\"value\":1}\n");
  // What is shorter than its type says is not read beyond its end.
  out.clear();
  formatter.append(out, bytes_of(key).first(2), {});
  EXPECT_TRUE(out.starts_with("{\"_raw\":")) << out;
}

TEST(RecordFormatter, ValuesOfAType) {
  const auto spec = spec_of("ring_sequence");
  const auto type = spec.types.find("ring_event", btf::Kind::struct_);
  ASSERT_TRUE(type);
  const auto formatter = RecordFormatter::of_type(spec.types, type->id()).value();
  EXPECT_EQ(line_of(formatter, bytes_of(RingEvent{1, 2, 3})),
            "{\"thread\":1,\"length\":2,\"number\":3}\n");
}

TEST(RecordFormatter, SaysWhatIsNotThere) {
  const auto spec = spec_of("ring_sequence");
  EXPECT_EQ(RecordFormatter::of_records(spec, "nothing").error().message(),
            "the object has no map 'nothing'");
  EXPECT_EQ(RecordFormatter::of_records(spec, "scratch").error().message(),
            "map 'scratch' is no ring and no perf buffer");
  EXPECT_EQ(RecordFormatter::of_entries(spec, "events").error().message(),
            "the definition of map 'events' names no types");
}

}  // namespace
}  // namespace skep::test
