// Map operations on the running kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/bytes.hpp"
#include "kernel/host.hpp"
#include "kernel/map_create.hpp"
#include "kernel/map_fill.hpp"
#include "kernel/support.hpp"

namespace skep {
namespace {

Map make(const MapSpec& spec) {
  auto& sys = kernel::real_syscalls();
  std::vector<std::string> notes;
  kernel::MapContext context;
  if (kernel::needs_cpus(spec)) context.cpus = kernel::possible_cpus(sys).value();
  auto map = kernel::create_map(sys, spec, context, notes);
  EXPECT_TRUE(map) << test::text_of(map.error());
  EXPECT_TRUE(notes.empty());
  return *std::move(map);
}

MapSpec spec(MapType type, std::uint32_t key, std::uint32_t value, std::uint32_t entries) {
  return {.name = "skep_test",
          .type = type,
          .key_size = key,
          .value_size = value,
          .max_entries = entries};
}

std::uint64_t number(const Map& map, std::uint32_t key) {
  const auto value = map.lookup(bytes_of(key));
  EXPECT_TRUE(value && *value);
  return read_at<std::uint64_t>(**value, 0).value();
}

TEST(HashMap, DoesWhatAHashDoes) {
  const Map map = make(spec(MapType::hash, 4, 8, 3));
  const std::uint32_t one = 1, two = 2, three = 3, four = 4;
  const std::uint64_t ten = 10, eleven = 11;
  EXPECT_FALSE(map.lookup(bytes_of(one)).value());
  EXPECT_FALSE(map.next_key(std::nullopt).value());
  EXPECT_FALSE(map.erase(bytes_of(one)).value());

  ASSERT_TRUE(map.update(bytes_of(one), bytes_of(ten), Update::no_exist));
  EXPECT_EQ(map.update(bytes_of(one), bytes_of(ten), Update::no_exist).error().kind(),
            ErrorKind::busy);
  EXPECT_EQ(map.update(bytes_of(two), bytes_of(ten), Update::exist).error().kind(),
            ErrorKind::not_found);
  ASSERT_TRUE(map.update(bytes_of(one), bytes_of(eleven), Update::exist));
  EXPECT_EQ(number(map, one), 11U);
  ASSERT_TRUE(map.update(bytes_of(two), bytes_of(ten)));
  ASSERT_TRUE(map.update(bytes_of(three), bytes_of(ten)));
  EXPECT_EQ(map.update(bytes_of(four), bytes_of(ten)).error().kind(), ErrorKind::limit);

  std::set<std::uint32_t> keys;
  std::optional<std::vector<std::byte>> key = map.next_key(std::nullopt).value();
  for (; key && keys.size() < 10; key = map.next_key(*key).value()) {
    keys.insert(read_at<std::uint32_t>(*key, 0).value());
  }
  EXPECT_EQ(keys, (std::set<std::uint32_t>{1, 2, 3}));
  EXPECT_TRUE(map.erase(bytes_of(two)).value());
  EXPECT_FALSE(map.lookup(bytes_of(two)).value());
}

TEST(ArrayMap, HasAllItsKeysFromTheStart) {
  const Map map = make(spec(MapType::array, 4, 8, 2));
  const std::uint32_t first = 0, beyond = 2;
  const std::uint64_t value = 5;
  EXPECT_EQ(number(map, 1), 0U);
  ASSERT_TRUE(map.update(bytes_of(first), bytes_of(value)));
  EXPECT_EQ(number(map, 0), 5U);
  EXPECT_FALSE(map.lookup(bytes_of(beyond)).value());
  EXPECT_EQ(map.update(bytes_of(beyond), bytes_of(value)).error().kind(), ErrorKind::limit);
  EXPECT_FALSE(map.erase(bytes_of(first)));
}

TEST(PerCpuMap, HasAValueForEachCpu) {
  const auto cpus = kernel::possible_cpus(kernel::real_syscalls()).value();
  const Map map = make(spec(MapType::percpu_array, 4, 12, 1));
  ASSERT_EQ(map.value_bytes(), 16U * cpus);
  std::vector<std::byte> values(map.value_bytes());
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) values[16 * cpu] = std::byte(cpu + 1);
  const std::uint32_t key = 0;
  ASSERT_TRUE(map.update(bytes_of(key), values));
  EXPECT_EQ(map.lookup(bytes_of(key)).value(), values);
}

TEST(Map, IsGoneByIdWhenItsDescriptorIs) {
  std::uint32_t id = 0;
  {
    const Map map = make(spec(MapType::hash, 4, 8, 3));
    id = map.id().value();
    EXPECT_TRUE(kernel::exists(kernel::real_syscalls(), kernel::Thing::map, id).value());
  }
  EXPECT_TRUE(test::is_gone(kernel::Thing::map, id));
}

TEST(MapInfo, IsWhatTheKernelSays) {
  MapSpec asked = spec(MapType::hash, 4, 16, 1000);
  asked.flags = 1;  // BPF_F_NO_PREALLOC
  const Map map = make(asked);
  const auto info = map.info();
  ASSERT_TRUE(info) << test::text_of(info.error());
  EXPECT_EQ(info->id, map.id().value());
  EXPECT_EQ(info->name, "skep_test");
  EXPECT_EQ(info->type, MapType::hash);
  EXPECT_EQ(info->key_size, 4U);
  EXPECT_EQ(info->value_size, 16U);
  EXPECT_EQ(info->max_entries, 1000U);
  EXPECT_EQ(info->flags, 1U);
  EXPECT_EQ(info->extra, 0U);
  EXPECT_FALSE(info->frozen);
  // What it takes grows with what is in it, or could be.
  const Map large = make(spec(MapType::array, 4, 4096, 100));
  EXPECT_GE(large.info()->memlock, 409'600U);
  EXPECT_LT(large.info()->memlock, 2 * 409'600U);

  MapSpec rodata = spec(MapType::array, 4, 8, 1);
  rodata.section = DataSection::rodata;
  const Map frozen = make(rodata);
  ASSERT_TRUE(kernel::write_section(kernel::real_syscalls(), frozen));
  EXPECT_TRUE(frozen.info()->frozen);
}

TEST(Mapping, ShowsAnArrayAndOutlivesIt) {
  MapSpec shared = spec(MapType::array, 4, 12, 3);
  shared.flags = 1U << 10;  // BPF_F_MMAPABLE
  std::optional<Map> map = make(shared);
  auto mapping = map->mapped(true);
  ASSERT_TRUE(mapping) << test::text_of(mapping.error());
  ASSERT_EQ(mapping->bytes().size(), 48U);
  mapping->bytes()[16] = std::byte{7};
  const std::uint32_t key = 1;
  EXPECT_EQ(map->lookup(bytes_of(key)).value()->front(), std::byte{7});
  map.reset();
  EXPECT_EQ(mapping->bytes()[16], std::byte{7});
  EXPECT_EQ(make(spec(MapType::array, 4, 8, 1)).mapped(false).error().kind(),
            ErrorKind::invalid_argument);
}

TEST(Mapping, OfFrozenDataIsReadOnly) {
  MapSpec rodata = spec(MapType::array, 4, 8, 1);
  rodata.flags = (1U << 10) | (1U << 7);  // BPF_F_MMAPABLE | BPF_F_RDONLY_PROG
  rodata.section = DataSection::rodata;
  rodata.contents = {std::byte{1}, std::byte{2}};
  const Map map = make(rodata);
  ASSERT_TRUE(kernel::write_section(kernel::real_syscalls(), map));
  const auto mapping = map.mapped(false);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->bytes()[1], std::byte{2});
  EXPECT_EQ(mapping->bytes()[2], std::byte{0});
  EXPECT_EQ(map.mapped(true).error().kind(), ErrorKind::permission);
  const std::uint32_t key = 0;
  const std::uint64_t value = 0;
  EXPECT_EQ(map.update(bytes_of(key), bytes_of(value)).error().kind(), ErrorKind::permission);
}

TEST(MapOfMaps, TakesWhatLooksLikeItsPattern) {
  std::vector<Map> maps;
  maps.push_back(make(spec(MapType::array, 4, 8, 2)));
  MapSpec outer = spec(MapType::array_of_maps, 4, 4, 3);
  outer.inner.push_back(spec(MapType::array, 4, 8, 2));
  outer.slots = {{.index = 2, .target = 0}};
  maps.push_back(make(outer));
  ASSERT_TRUE(kernel::fill_map_slots(maps[1], maps).value());
  const std::uint32_t key = 2;
  const auto inside = maps[1].lookup(bytes_of(key)).value();
  ASSERT_TRUE(inside);
  EXPECT_EQ(read_at<std::uint32_t>(*inside, 0), maps[0].id().value());
  outer.slots = {{.index = 0, .target = 9}};
  EXPECT_FALSE(kernel::fill_map_slots(make(outer), maps).value());
}

}  // namespace
}  // namespace skep
