// Maps pinned by name, in a bpffs of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/bytes.hpp"
#include "kernel/faulty_syscalls.hpp"
#include "kernel/private_bpffs.hpp"
#include "kernel/ring_support.hpp"
#include "kernel/support.hpp"
#include "skep/maps/references.hpp"
#include "skep/stream.hpp"
#include "unit/btf_builder.hpp"

namespace skep {
namespace {

using testing::HasSubstr;
using Names = std::set<std::string>;

class Pins : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bpffs.is_there()); }
  Result<Object> load(ObjectSpec spec = test::spec_of("map_pinned")) {
    return Object::load(std::move(spec), {.kernel_types = {}, .pin_root = bpffs.path()});
  }
  static std::uint32_t id_of(const Object& object, std::string_view map) {
    return object.map(map).value()->id().value();
  }
  test::PrivateBpffs bpffs;
};

TEST_F(Pins, AMapOutlivesItsObjectAndIsUsedAgain) {
  const std::uint32_t key = 3;
  const std::uint64_t value = 42;
  std::uint32_t first = 0, unpinned = 0;
  {
    const auto object = load();
    ASSERT_TRUE(object) << test::text_of(object.error());
    EXPECT_EQ(bpffs.names(), (Names{"pinned_array", "pinned_hash"}));
    first = id_of(*object, "pinned_hash");
    unpinned = id_of(*object, "not_pinned");
    ASSERT_TRUE(object->map("pinned_hash").value()->update(bytes_of(key), bytes_of(value)));
  }
  EXPECT_TRUE(test::is_gone(kernel::Thing::map, unpinned));
  {
    const auto object = load();
    ASSERT_TRUE(object) << test::text_of(object.error());
    EXPECT_EQ(id_of(*object, "pinned_hash"), first);
    const auto found = object->map("pinned_hash").value()->lookup(bytes_of(key)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(read_at<std::uint64_t>(*found, 0), value);
  }
  EXPECT_EQ(bpffs.names(), (Names{"pinned_array", "pinned_hash"}));
  std::filesystem::remove(bpffs.path() / "pinned_hash");
  EXPECT_TRUE(test::is_gone(kernel::Thing::map, first));
}

std::set<std::uint32_t> rings_of(const Object& object) {
  std::set<std::uint32_t> out;
  for (const Map& ring : test::must(object.map("events"))->rings()) {
    out.insert(test::must(ring.id()));
  }
  return out;
}

// The rings of a stream that has one for each CPU are those of whoever pinned it first.
TEST_F(Pins, AStreamForEachCpuKeepsItsRings) {
  auto spec = test::spec_of("ring_sequence_per_cpu");
  spec.find_map("events")->pin_by_name = true;
  std::set<std::uint32_t> first;
  {
    const auto object = test::must(load(spec));
    first = rings_of(object);
    ASSERT_FALSE(first.empty());
    const auto second = test::must(load(spec));
    EXPECT_EQ(rings_of(second), first);
  }
  EXPECT_EQ(rings_of(test::must(load(spec))), first);
  std::filesystem::remove(bpffs.path() / "events");
  for (const auto id : first) {
    EXPECT_TRUE(test::eventually([&] { return test::is_gone(kernel::Thing::map, id); }));
  }
}

TEST_F(Pins, RingsOfAnotherSizeThanAskedAreNoted) {
  const auto spec_of_bytes = [](std::uint32_t bytes) {
    auto spec = test::must(test::sequence_spec({}, {.ring_bytes = bytes, .per_cpu = true}));
    spec.find_map("events")->pin_by_name = true;
    return spec;
  };
  EXPECT_THAT(test::must(load(spec_of_bytes(8192))).notes(), testing::IsEmpty());
  EXPECT_THAT(test::must(load(spec_of_bytes(8192))).notes(), testing::IsEmpty());
  EXPECT_THAT(test::must(load(spec_of_bytes(65536))).notes(),
              testing::ElementsAre(HasSubstr("/events, which have 8192 bytes each, not 65536")));
}

// What the calls of this thread sent before, by who knows nothing but `map`.
std::uint64_t read_all(const Result<Map>& map) {
  if (!map) return 0;
  auto reader = StreamReader::open(*map);
  EXPECT_TRUE(reader) << test::text_of(reader.error());
  test::Checker checker;
  if (reader) reader->drain(checker);
  EXPECT_EQ(checker.malformed, 0U);
  return checker.delivered;
}

TEST_F(Pins, AStreamForEachCpuIsReadByAnotherProcess) {
  auto spec = test::must(test::sequence_spec({test::thread_id()}, {.per_cpu = true}));
  spec.find_map("events")->pin_by_name = true;
  const auto object = test::must(load(std::move(spec)));
  const auto link = test::must(object.program("on_getppid").value()->attach());
  const auto send = [](int calls) {
    for (int i = 0; i < calls; ++i) test::call_getppid();
  };
  send(20);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(read_all(Map::open(bpffs.path() / "events")) == 20 ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  send(10);
  EXPECT_EQ(read_all(Map::by_id(id_of(object, "events"))), 10U);
}

// As another loader leaves it: an array for rings, and nothing in it.
void pin_empty_array(const std::filesystem::path& path) {
  const MapSpec ring{.name = "ring", .type = MapType::ringbuf, .max_entries = 4096};
  const auto array = test::must(Map::create({.name = "events",
                                             .type = MapType::array_of_maps,
                                             .key_size = 4,
                                             .value_size = 4,
                                             .max_entries = 64,
                                             .inner = {ring}}));
  test::must(array.pin(path));
}

TEST_F(Pins, AnArrayWithoutRingsSaysSo) {
  pin_empty_array(bpffs.path() / "events");
  const auto array = test::must(Map::open(bpffs.path() / "events"));
  EXPECT_TRUE(array.rings().empty());
  auto reader = StreamReader::open(array);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("holds no ring buffers"));
  // One that was put there since is not this Map's.
  const auto ring =
      test::must(Map::create({.name = "late", .type = MapType::ringbuf, .max_entries = 4096}));
  test::must(test::must(array.as<ArrayOfMaps>()).set(3, ring));
  reader = StreamReader::open(array);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("open it by its pin or its id"));
  EXPECT_EQ(test::must(Map::open(bpffs.path() / "events")).rings().size(), 1U);
}

// The second one comes when the first has found the array empty, and is about to fill it.
TEST_F(Pins, TwoThatFillAnEmptyArrayHaveTheSameRings) {
  class First final : public test::FaultySyscalls {
   public:
    std::function<void()> before_ring;
    long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
      const auto* asked = static_cast<const kernel::MapCreateAttributes*>(attributes);
      const bool makes = command == static_cast<std::uint32_t>(kernel::Command::map_create);
      if (makes && before_ring && asked->type == static_cast<std::uint32_t>(MapType::ringbuf)) {
        std::exchange(before_ring, nullptr)();
      }
      return FaultySyscalls::bpf(command, attributes, size);
    }
  };
  class Second final : public test::FaultySyscalls {
   public:
    std::string directory;
    std::atomic<bool> waits = false;
    long openat(int at, const char* path, int flags, unsigned mode) override {
      const long result = FaultySyscalls::openat(at, path, flags, mode);
      if (path == directory) waits = true;
      return result;
    }
  };
  pin_empty_array(bpffs.path() / "events");
  auto spec = test::spec_of("ring_sequence_per_cpu");
  spec.find_map("events")->pin_by_name = true;
  const auto load_by = [&](kernel::Syscalls& sys) {
    return Object::load(spec, {.kernel_types = {}, .pin_root = bpffs.path(), .syscalls = &sys});
  };
  First sys;
  Second other_sys;
  other_sys.directory = bpffs.path().native();
  std::optional<Result<Object>> other;
  std::atomic<bool> is_done = false;
  std::thread thread;
  sys.before_ring = [&] {
    thread = std::thread([&] {
      other = load_by(other_sys);
      is_done = true;
    });
    EXPECT_TRUE(test::eventually([&] { return other_sys.waits || is_done; }));
  };
  const auto object = load_by(sys);
  if (thread.joinable()) thread.join();
  ASSERT_TRUE(object) << test::text_of(object.error());
  ASSERT_TRUE(other) << "the array was not empty";
  ASSERT_TRUE(*other) << test::text_of(other->error());
  EXPECT_EQ(rings_of(**other), rings_of(*object));
  EXPECT_FALSE(rings_of(*object).empty());
}

TEST_F(Pins, EachAttributeThatDiffersIsNamed) {
  ASSERT_TRUE(load());
  struct Case {
    std::function<void(MapSpec&)> change;
    const char* says;
  };
  const Case cases[] = {
      {[](MapSpec& map) { map.type = MapType::lru_hash; }, "its type is hash there, lru_hash here"},
      {[](MapSpec& map) { map.key_size = 8; }, "its key_size is 4 there, 8 here"},
      {[](MapSpec& map) { map.value_size = 16; }, "its value_size is 8 there, 16 here"},
      {[](MapSpec& map) { map.max_entries = 17; }, "its max_entries is 16 there, 17 here"},
      {[](MapSpec& map) { map.flags = 1; }, "its map_flags is 0x0 there, 0x1 here"},
      {[](MapSpec& map) { map.key_size = 8, map.max_entries = 1; },
       "its key_size is 4 there, 8 here and its max_entries is 16 there, 1 here"},
  };
  for (const auto& [change, says] : cases) {
    auto spec = test::spec_of("map_pinned");
    change(*spec.find_map("pinned_hash"));
    const auto object = load(std::move(spec));
    ASSERT_FALSE(object) << says;
    EXPECT_EQ(object.error().kind(), ErrorKind::busy);
    EXPECT_THAT(object.error().message(), HasSubstr(says));
    EXPECT_THAT(object.error().message(), HasSubstr("map 'pinned_hash'"));
  }
  EXPECT_EQ(bpffs.names(), (Names{"pinned_array", "pinned_hash"}));
}

// Sizes agree, and what the bytes mean does not: it is used, and said.
TEST_F(Pins, ValuesOfAnotherTypeAreNoted) {
  ASSERT_TRUE(load());
  EXPECT_THAT(load()->notes(), testing::IsEmpty());
  auto spec = test::spec_of("map_pinned");
  auto& map = *spec.find_map("pinned_hash");
  test::BtfBuilder types;
  const auto number = types.add_int("unsigned int", 4);
  map.key_type = number;
  map.value_type = types.add_struct("pair", 8, {{"a", number, 0}, {"b", number, 32}});
  for (auto& other : spec.maps) {
    if (other.name != map.name) other.key_type = other.value_type = 0;
  }
  spec.types = Btf::parse(types.build()).value();
  for (auto& function : spec.functions) {
    function.function_info.clear();
    function.line_info.clear();
  }
  const auto object = load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_THAT(object->notes(),
              testing::Contains(HasSubstr("was made by another program: its values "
                                          "differ: a value is ")));
}

TEST_F(Pins, WhatIsPinnedThereMayBeNoMap) {
  auto spec = test::spec_of("map_pinned");
  const auto object = load(spec);
  ASSERT_TRUE(object);
  const auto path = (bpffs.path() / "program").native();
  kernel::PinAttributes attributes;
  attributes.path = kernel::address_of(path.c_str());
  attributes.fd = static_cast<std::uint32_t>(object->programs()[0].fd());
  ASSERT_EQ(call_bpf(kernel::real_syscalls(), kernel::Command::object_pin, attributes), 0);
  spec.find_map("pinned_hash")->pin_path = path;
  const auto again = load(spec);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("is no map"));
}

TEST_F(Pins, APathOfItsOwnWinsAndItsDirectoryIsMade) {
  auto spec = test::spec_of("map_pinned");
  spec.find_map("pinned_hash")->pin_path = bpffs.path() / "mine" / "counts";
  spec.find_map("not_pinned")->pin_path = bpffs.path() / "other";
  ASSERT_TRUE(load(spec));
  EXPECT_EQ(bpffs.names(), (Names{"mine", "mine/counts", "other", "pinned_array"}));
}

TEST_F(Pins, AFailedLoadTakesAwayOnlyWhatItPinned) {
  {
    auto spec = test::spec_of("map_pinned");
    spec.find_map("pinned_array")->pin_by_name = false;
    ASSERT_TRUE(load(spec));
  }
  auto spec = test::spec_of("map_pinned");
  spec.find_map("pinned_array")->pin_path = bpffs.path() / "made" / "array";
  auto& code = spec.functions[spec.programs.back().function].instructions;
  code[code.size() - 2] = {.code = 0xbf, .registers = 0x90};  // r0 = r9, never set
  const auto object = load(spec);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::rejected);
  EXPECT_EQ(bpffs.names(), (Names{"pinned_hash"}));
}

TEST_F(Pins, APlaceThatIsNoBpffsIsNamed) {
  const auto object = Object::load(test::spec_of("map_pinned"),
                                   {.kernel_types = {}, .pin_root = testing::TempDir()});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::unsupported) << test::text_of(object.error());
  EXPECT_THAT(test::text_of(object.error()), HasSubstr("mount -t bpf"));
}

// All of them find nothing pinned, one pins first, and all end up with its map.
TEST_F(Pins, ManyLoadersAtOnceShareOneMap) {
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> threads;
    std::vector<std::uint32_t> ids(4);
    std::atomic<int> waiting = 0;
    for (auto& id : ids) {
      threads.emplace_back([&] {
        auto spec = ObjectSpec::open(SKEP_TEST_OBJECTS "/map_pinned.bpf.o");
        ++waiting;
        while (waiting < 4) std::this_thread::yield();
        const auto object = load(*std::move(spec));
        if (object) id = id_of(*object, "pinned_hash");
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_NE(ids[0], 0U);
    EXPECT_THAT(ids, testing::Each(ids[0]));
    for (const auto& name : bpffs.names()) std::filesystem::remove(bpffs.path() / name);
  }
}

// The same, forced: a second loader pins between the first one's look and its pin.
TEST_F(Pins, APlaceTakenMeanwhileIsUsed) {
  class Overtaken final : public test::FaultySyscalls {
   public:
    std::function<void()> before_pin;
    long bpf(std::uint32_t command, void* attributes, std::uint32_t size) override {
      const bool pins = command == static_cast<std::uint32_t>(kernel::Command::object_pin);
      if (pins && before_pin) std::exchange(before_pin, nullptr)();
      return FaultySyscalls::bpf(command, attributes, size);
    }
  };
  std::optional<Result<Object>> other;
  Overtaken sys;
  sys.before_pin = [&] { other = load(); };
  const auto object =
      Object::load(test::spec_of("map_pinned"),
                   {.kernel_types = {}, .pin_root = bpffs.path(), .syscalls = &sys});
  ASSERT_TRUE(object) << test::text_of(object.error());
  ASSERT_TRUE(other && *other);
  EXPECT_EQ(id_of(*object, "pinned_hash"), id_of(**other, "pinned_hash"));
  EXPECT_EQ(id_of(*object, "pinned_array"), id_of(**other, "pinned_array"));
  EXPECT_NE(id_of(*object, "not_pinned"), id_of(**other, "not_pinned"));
}

}  // namespace
}  // namespace skep
