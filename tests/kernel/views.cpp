// Typed views of maps on the running kernel.
#include "skep/maps.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <map>
#include <thread>

#include "kernel/faulty_syscalls.hpp"
#include "kernel/private_bpffs.hpp"
#include "kernel/support.hpp"

namespace views {

// As in tests/objects/views.bpf.c.
struct Flow {
  std::uint32_t source, destination;
  std::uint16_t port;
  std::uint8_t protocol, unused;
};
SKEP_FIELDS(Flow, source, destination, port, protocol, unused)

struct Pair {
  std::uint16_t low, high;
};
SKEP_FIELDS(Pair, low, high)

struct Count {
  std::uint64_t packets;
  std::int32_t error;
  std::uint32_t colour;
  std::array<std::uint8_t, 4> octets;
  char comm[12];
  Pair pair[2];
};
SKEP_FIELDS(Count, packets, error, colour, octets, comm, pair)

struct Odd {
  std::uint32_t first, second, third;
};
SKEP_FIELDS(Odd, first, second, third)

// Two fields changed places.
struct Turned {
  std::uint32_t destination, source;
  std::uint16_t port;
  std::uint8_t protocol, unused;
};
SKEP_FIELDS(Turned, destination, source, port, protocol, unused)

}  // namespace views

namespace skep {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

Map make(MapType type, std::uint32_t key, std::uint32_t value, std::uint32_t entries,
         std::uint32_t flags = 0) {
  auto map = Map::create({.name = "skep_view",
                          .type = type,
                          .key_size = key,
                          .value_size = value,
                          .max_entries = entries,
                          .flags = flags});
  EXPECT_TRUE(map) << test::text_of(map.error());
  return *std::move(map);
}

constexpr std::uint32_t no_prealloc = 1;

using test::must;

class Views : public testing::Test {
 protected:
  static Object load() {
    auto spec = test::spec_of("views");
    EXPECT_TRUE(spec.set("thread", test::thread_id()));
    return must(Object::load(std::move(spec)));
  }
  Object object = load();
};

TEST_F(Views, ReadWhatAProgramWrote) {
  const auto links = must(object.attach());
  test::call_getppid(3);
  const auto flows = must(object.map<Hash<views::Flow, views::Count>>("flows"));
  const auto count = must(flows.lookup({1, 2, 3, 4, 0}));
  ASSERT_TRUE(count);
  EXPECT_EQ(count->packets, 5U);
  EXPECT_EQ(count->error, -6);
  EXPECT_EQ(count->octets[0], 7);
  EXPECT_EQ(count->pair[1].high, 8);

  const auto per_cpu = must(object.map<PerCpuArray<views::Odd>>("per_cpu"));
  std::uint32_t sum = 0;
  const auto odds = must(per_cpu.lookup(1));
  ASSERT_TRUE(odds);
  for (const auto& odd : *odds) sum += odd.third;
  EXPECT_EQ(sum, 3U);

  const auto shared = must(object.map<Array<std::uint32_t>>("shared"));
  const auto memory = must(shared.mapped());
  EXPECT_EQ(memory[1], 3U);
  memory[2] = 9;
  EXPECT_EQ(must(shared.lookup(2)), 9U);
}

TEST_F(Views, ShowAStack) {
  const auto links = must(object.attach());
  test::call_getppid();
  const auto id = test::value_of<std::int64_t>(object, "kernel_stack");
  ASSERT_GE(id, 0);
  const auto stacks = must(object.map<StackTrace>("stacks"));
  EXPECT_EQ(stacks.depth(), 16U);
  const auto frames = must(stacks.addresses(static_cast<std::uint32_t>(id)));
  ASSERT_TRUE(frames && !frames->empty());
  EXPECT_THAT(*frames, testing::Each(testing::Ge(0xffff800000000000)));
  EXPECT_EQ(stacks.user_frames(0).error().kind(), ErrorKind::invalid_argument);
  EXPECT_TRUE(must(stacks.erase(static_cast<std::uint32_t>(id))));
  EXPECT_FALSE(must(stacks.addresses(static_cast<std::uint32_t>(id))));
}

TEST_F(Views, RefuseWhatIsNotThere) {
  const auto said = [&](const auto& view) { return view ? "" : view.error().message(); };
  EXPECT_EQ(said(object.map<Array<std::uint32_t>>("flows")),
            "map 'flows' is a hash map; this view is for array");
  EXPECT_EQ(said(object.map<Hash<std::uint64_t, views::Count>>("flows")),
            "map 'flows': its keys have 12 bytes, the view's 8");
  EXPECT_EQ(said(object.map<Hash<views::Flow, std::uint64_t>>("flows")),
            "map 'flows': its values have 40 bytes, the view's 8");
  EXPECT_EQ(
      said(object.map<Hash<views::Turned, views::Count>>("flows")),
      "map 'flows': its keys are 'struct flow', and the view's differ: field 'destination' is "
      "at byte 0, in the object at byte 4");
  EXPECT_THAT(said(object.map<Array<std::int32_t>>("shared")), HasSubstr("the value (signed"));
  EXPECT_THAT(said(object.map<Array<std::int32_t>>("sharde")), HasSubstr("no map 'sharde'"));
}

TEST_F(Views, OfAPinAreCheckedByTheKernelsTypes) {
  const test::PrivateBpffs bpffs;
  const auto pin = bpffs.path() / "flows";
  ASSERT_TRUE(must(object.map("flows"))->pin(pin));
  const Map flows = must(Map::open(pin));
  EXPECT_TRUE((flows.as<Hash<views::Flow, views::Count>>()));
  EXPECT_THAT((flows.as<Hash<views::Turned, views::Count>>().error().message()),
              HasSubstr("'destination' is at byte 0, in the object at byte 4"));
  const Map by_id = must(Map::by_id(must(flows.id())));
  EXPECT_EQ(must(by_id.info()).max_entries, 16U);
  EXPECT_EQ(Map::open(bpffs.path() / "nothing").error().kind(), ErrorKind::not_found);
}

// A kernel before 5.6.
class NoBatches final : public test::FaultySyscalls {
 public:
  long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
    constexpr auto first = static_cast<std::uint32_t>(kernel::Command::map_lookup_batch);
    constexpr auto last = static_cast<std::uint32_t>(kernel::Command::map_delete_batch);
    if (command >= first && command <= last) return -EINVAL;
    return FaultySyscalls::bpf(command, attributes, size);
  }
};

enum class Batches : bool { no, yes };

class Hashes : public testing::TestWithParam<std::tuple<MapType, Batches>> {
 protected:
  NoBatches old;
  Map map = must(Map::create({.name = "skep_view",
                              .type = std::get<0>(GetParam()),
                              .key_size = 4,
                              .value_size = 8,
                              .max_entries = 100'000},
                             std::get<1>(GetParam()) == Batches::yes ? nullptr : &old));
};

TEST_P(Hashes, DoWhatAHashDoes) {
  const auto hash = must(map.as<Hash<std::uint32_t, std::uint64_t>>());
  std::vector<std::uint32_t> keys;
  std::vector<std::uint64_t> values;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    keys.push_back(i);
    values.push_back(i * 3ULL);
  }
  ASSERT_TRUE(hash.update(keys, values));
  EXPECT_EQ(must(hash.lookup(49'999)), 149'997U);
  EXPECT_EQ(must(hash.lookup(50'000)), std::nullopt);
  EXPECT_EQ(must(hash.take(7)), 21U);
  EXPECT_EQ(must(hash.take(7)), std::nullopt);
  EXPECT_EQ(must(hash.erase(std::vector<std::uint32_t>{6, 7, 8, 9})), 3U);
  EXPECT_EQ(hash.update(1, 1, Update::no_exist).error().kind(), ErrorKind::busy);
  EXPECT_EQ(hash.update(7, 1, Update::exist).error().kind(), ErrorKind::not_found);

  std::uint64_t sum = 0;
  std::size_t seen = 0;
  ASSERT_TRUE(hash.for_each([&](std::uint32_t key, std::uint64_t value) {
    EXPECT_EQ(value, key * 3ULL);
    sum += key;
    ++seen;
  }));
  EXPECT_EQ(seen, 49'996U);
  EXPECT_EQ(sum, 49'999ULL * 25'000 - 6 - 7 - 8 - 9);
  std::size_t stopped = 0;
  ASSERT_TRUE(hash.for_each([&](auto&, auto&) { return ++stopped < 10; }));
  EXPECT_EQ(stopped, 10U);

  std::size_t drained = 0;
  ASSERT_TRUE(hash.drain([&](auto&, auto&) { ++drained; }));
  EXPECT_EQ(drained, 49'996U);
  EXPECT_TRUE(must(hash.entries()).empty());
}

std::string name_of_case(const testing::TestParamInfo<std::tuple<MapType, Batches>>& info) {
  const bool batches = std::get<1>(info.param) == Batches::yes;
  return std::string(name_of(std::get<0>(info.param))) + (batches ? "_batches" : "_one_by_one");
}

INSTANTIATE_TEST_SUITE_P(Types, Hashes,
                         testing::Combine(testing::Values(MapType::hash, MapType::lru_hash),
                                          testing::Values(Batches::no, Batches::yes)),
                         name_of_case);

class Listing : public testing::TestWithParam<Batches> {
 protected:
  NoBatches old;
  kernel::Syscalls* sys = GetParam() == Batches::yes ? nullptr : &old;
};
INSTANTIATE_TEST_SUITE_P(Ways, Listing, testing::Values(Batches::no, Batches::yes));

TEST_P(Listing, GoesOnWhileOthersDelete) {
  const Map map = must(Map::create({.name = "skep_view",
                                    .type = MapType::hash,
                                    .key_size = 4,
                                    .value_size = 4,
                                    .max_entries = 20'000},
                                   sys));
  const auto hash = must(map.as<Hash<std::uint32_t, std::uint32_t>>());
  // Even keys stay, odd ones come and go.
  for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_TRUE(hash.update(i, i));
  // The other thread has its own way to the kernel: the seam takes one thread.
  const Map others = must(Map::by_id(must(map.id())));
  std::atomic<bool> stop = false;
  std::thread other([&, hash = must(others.as<Hash<std::uint32_t, std::uint32_t>>())] {
    for (std::uint32_t i = 1; !stop; i = (i + 2) % 10'000) {
      (void)hash.erase(i);
      (void)hash.update((i + 5000) % 10'000, i);
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::map<std::uint32_t, int> times;
    EXPECT_TRUE(hash.for_each([&](std::uint32_t key, auto&) { ++times[key]; }));
    for (std::uint32_t even = 0; even < 10'000; even += 2) ASSERT_EQ(times[even], 1) << even;
    for (const auto& [key, count] : times) ASSERT_EQ(count, 1) << key;
  }
  stop = true;
  other.join();
}

TEST(HashView, HandsOutAndDeletesEachOnce) {
  const Map map = make(MapType::hash, 4, 8, 64, no_prealloc);
  const auto hash = must(map.as<Hash<std::uint32_t, std::uint64_t>>());
  // One that counts, and one that drains: no count may be lost.
  std::atomic<bool> stop = false;
  std::uint64_t added = 0, drained = 0;
  const auto drain = [&] {
    EXPECT_TRUE(hash.drain([&](auto&, const std::uint64_t& value) { drained += value; }));
  };
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      if (hash.update(i % 60, 1, Update::no_exist)) ++added;
    }
    stop = true;
  });
  while (!stop) drain();
  other.join();
  drain();
  EXPECT_EQ(drained, added);
  EXPECT_GT(added, 60U);
}

TEST(PerCpuView, HasOneValueForEachPossibleCpu) {
  const Map map = make(MapType::percpu_hash, 4, 12, 8);
  const auto view = must(map.as<PerCpuHash<std::uint32_t, views::Odd>>());
  auto values = view.make();
  ASSERT_EQ(values.size(), view.cpus());
  for (std::uint32_t cpu = 0; cpu < values.size(); ++cpu) values[cpu] = {cpu, cpu + 1, cpu + 2};
  ASSERT_TRUE(view.update(5, values));
  const auto entries = must(view.entries());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].first, 5U);
  for (std::uint32_t cpu = 0; cpu < values.size(); ++cpu) {
    EXPECT_EQ(entries[0].second[cpu].third, cpu + 2);
  }
  EXPECT_TRUE(must(view.erase(5)));
  EXPECT_FALSE(must(view.lookup(5)));

  const Map numbers = make(MapType::percpu_array, 4, 4, 3);
  const auto array = must(numbers.as<PerCpuArray<std::uint32_t>>());
  ASSERT_TRUE(array.update(2, array.make(7)));
  EXPECT_EQ(must(array.lookup(2))->sum(), 7 * array.cpus());
  EXPECT_FALSE(must(array.lookup(3)));
  EXPECT_EQ(must(array.entries()).size(), 3U);
}

TEST(ArrayView, HasAllKeys) {
  const Map map = make(MapType::array, 4, 8, 3);
  const auto array = must(map.as<Array<std::uint64_t>>());
  ASSERT_TRUE(array.update(std::vector<std::uint64_t>{10, 11}));
  EXPECT_THAT(must(array.values()), testing::ElementsAre(10, 11, 0));
  EXPECT_EQ(must(array.lookup(3)), std::nullopt);
  EXPECT_EQ(array.update(3, 1).error().kind(), ErrorKind::limit);
  EXPECT_EQ(array.mapped().error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(array.lookup(0, Lock::yes).error().kind(), ErrorKind::invalid_argument);
}

TEST(LpmTrieView, FindsTheLongestPrefix) {
  const Map map = make(MapType::lpm_trie, 8, 4, 16, no_prealloc);
  const auto trie = must(map.as<LpmTrie<Cidr4, std::uint32_t>>());
  const auto net = [](std::string_view text) { return must(Cidr4::parse(text)); };
  ASSERT_TRUE(trie.update(net("10.0.0.0/8"), 8));
  ASSERT_TRUE(trie.update(net("10.1.2.3/16"), 16));
  EXPECT_EQ(must(trie.lookup(net("10.1.9.9"))), 16U);
  EXPECT_EQ(must(trie.lookup(net("10.2.0.1"))), 8U);
  EXPECT_EQ(must(trie.lookup(net("11.0.0.1"))), std::nullopt);
  std::vector<std::string> names;
  ASSERT_TRUE(trie.for_each([&](const Cidr4& key, auto&) { names.push_back(key.text()); }));
  EXPECT_THAT(names, testing::ElementsAre("10.1.0.0/16", "10.0.0.0/8"));
  EXPECT_TRUE(must(trie.erase(net("10.1.0.0/16"))));
  EXPECT_EQ(must(trie.lookup(net("10.1.9.9"))), 8U);

  EXPECT_EQ(must(Cidr6::parse("fe80::1/10")).text(), "fe80::/10");
  for (const char* bad : {"", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/0"}) {
    EXPECT_EQ(Cidr4::parse(bad).error().kind(), ErrorKind::bad_input) << bad;
  }
}

TEST(QueueView, IsFirstInFirstOut) {
  const Map map = make(MapType::queue, 0, 4, 2);
  const auto queue = must(map.as<Queue<std::uint32_t>>());
  EXPECT_EQ(must(queue.pop()), std::nullopt);
  ASSERT_TRUE(queue.push(1));
  ASSERT_TRUE(queue.push(2));
  EXPECT_EQ(queue.push(3).error().kind(), ErrorKind::limit);
  ASSERT_TRUE(queue.push(3, Queue<std::uint32_t>::WhenFull::drop_oldest));
  EXPECT_EQ(must(queue.peek()), 2U);
  EXPECT_EQ(must(queue.pop()), 2U);
  EXPECT_EQ(must(queue.pop()), 3U);

  const Map other = make(MapType::stack, 0, 4, 2);
  const auto stack = must(other.as<Stack<std::uint32_t>>());
  ASSERT_TRUE(stack.push(1));
  ASSERT_TRUE(stack.push(2));
  EXPECT_EQ(must(stack.pop()), 2U);
}

TEST(BloomFilterView, KnowsWhatItHolds) {
  const Map map = make(MapType::bloom_filter, 0, 8, 1000);
  const auto bloom = must(map.as<BloomFilter<std::uint64_t>>());
  ASSERT_TRUE(bloom.add(42));
  EXPECT_TRUE(must(bloom.may_contain(42)));
  int others = 0;
  for (std::uint64_t i = 100; i < 200; ++i) others += must(bloom.may_contain(i)) ? 1 : 0;
  EXPECT_LT(others, 10);
}

TEST(ProgArrayView, HoldsPrograms) {
  const Map map = make(MapType::prog_array, 4, 4, 2);
  const auto programs = must(map.as<ProgArray>());
  auto spec = test::spec_of("views");
  const auto object = must(Object::load(std::move(spec)));
  const auto* program = must(object.program("fill"));
  ASSERT_TRUE(programs.set(1, *program));
  EXPECT_EQ(must(programs.lookup(1)), must(program->id()));
  EXPECT_EQ(must(programs.lookup(0)), std::nullopt);
  EXPECT_EQ(programs.set(2, *program).error().kind(), ErrorKind::limit);
  EXPECT_TRUE(must(programs.erase(1)));
}

TEST(MapsOfMaps, HoldMaps) {
  MapSpec outer{.name = "skep_outer",
                .type = MapType::hash_of_maps,
                .key_size = 4,
                .value_size = 4,
                .max_entries = 4};
  outer.inner.push_back(
      {.name = "inner", .type = MapType::array, .key_size = 4, .value_size = 8, .max_entries = 2});
  const Map map = must(Map::create(outer));
  const auto maps = must(map.as<HashOfMaps<std::uint32_t>>());
  const Map inner = make(MapType::array, 4, 8, 2);
  ASSERT_TRUE(maps.set(9, inner));
  const auto found = must(maps.lookup(9));
  ASSERT_TRUE(found);
  EXPECT_EQ(must(found->id()), must(inner.id()));
  EXPECT_EQ(must(maps.lookup(8)).has_value(), false);
  const auto refused = maps.set(1, make(MapType::array, 4, 16, 2));
  EXPECT_THAT(test::text_of(refused.error()), HasSubstr("must be like the inner map"));

  outer.type = MapType::array_of_maps;
  const Map other = must(Map::create(outer));
  const auto array = must(other.as<ArrayOfMaps>());
  ASSERT_TRUE(array.set(3, inner));
  EXPECT_TRUE(must(array.lookup(3)).has_value());
}

TEST(SocketMaps, HoldSockets) {
  const Map map = make(MapType::sockmap, 4, 8, 2);
  const auto sockets = must(map.as<SocketArray>());
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const Fd first(pair[0]), second(pair[1]);
  ASSERT_TRUE(sockets.set(1, first.get()));
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  ASSERT_EQ(::getsockopt(first.get(), SOL_SOCKET, SO_COOKIE, &cookie, &length), 0);
  EXPECT_EQ(must(sockets.cookie(1)), cookie);
  EXPECT_EQ(must(sockets.cookie(0)), std::nullopt);
  EXPECT_TRUE(must(sockets.erase(1)));

  const Map keyed = make(MapType::sockhash, 8, 8, 2);
  const auto hash = must(keyed.as<SocketHash<std::uint64_t>>());
  ASSERT_TRUE(hash.set(77, second.get()));
  EXPECT_TRUE(must(hash.cookie(77)));
}

TEST(DeviceMaps, HoldInterfacesAndCpus) {
  const Map map = make(MapType::devmap_hash, 4, 8, 2);
  const auto devices = must(map.as<DevMap>());
  ASSERT_TRUE(devices.set(1000, 1));  // lo
  EXPECT_EQ(must(devices.lookup(1000))->interface, 1U);
  EXPECT_FALSE(must(devices.lookup(1)));

  const Map other = make(MapType::cpumap, 4, 8, 1);
  const auto cpus = must(other.as<CpuMap>());
  ASSERT_TRUE(cpus.set(0, 64));
  EXPECT_EQ(must(cpus.lookup(0))->queue_size, 64U);
  EXPECT_EQ(cpus.set(1, 64).error().kind(), ErrorKind::limit);
}

TEST(LocalStorageView, BelongsToATask) {
  const auto object = must(Object::load(test::spec_of("map_task_storage")));
  for (const Map& map : object.maps()) {
    if (map.type() != MapType::task_storage) continue;
    ASSERT_EQ(map.spec().value_size, 8U);
    const auto storage = must(map.as<LocalStorage<std::array<std::byte, 8>>>());
    const Fd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    EXPECT_EQ(must(storage.lookup(self.get())).has_value(), false);
    ASSERT_TRUE(storage.update(self.get(), {std::byte{5}}));
    EXPECT_EQ((*must(storage.lookup(self.get())))[0], std::byte{5});
    EXPECT_TRUE(must(storage.erase(self.get())));
    EXPECT_EQ(Sweep(map).next().error().kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace skep
