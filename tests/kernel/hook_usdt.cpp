// USDT probes fire for real, with the very values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sdt.h>

#include <array>
#include <stdexcept>
#include <typeinfo>

#include "kernel/private_bpffs.hpp"
#include "kernel/user_support.hpp"

namespace skep {
namespace {

using test::Child;
using test::error_of;
using test::Fixture;
using test::Library;
using test::library;
using testing::ElementsAre;
using testing::HasSubstr;

// With libbpf's header and with ours; the same objects otherwise.
class UsdtProbes : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] Result<Link> attach(std::string_view provider, std::string_view name,
                                    std::string_view program = "on_usdt",
                                    std::string binary = library) const {
    return object.attach(program, Usdt{.binary = std::move(binary),
                                       .provider = std::string(provider),
                                       .name = std::string(name),
                                       .cookie = 0x1122334455667788});
  }
  void expect_fired(std::vector<long> values, std::uint64_t times = 1) const {
    EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), times);
    EXPECT_EQ(object.value<int>("usdt_arguments"), static_cast<int>(values.size()));
    EXPECT_EQ(object.value<long>("usdt_cookie"), 0x1122334455667788);
    const auto errors = object.value<std::array<int, 12>>("usdt_errors");
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_EQ(errors[i], i < values.size() ? 0 : -ENOENT) << i;
    }
    values.resize(12);
    const auto seen = object.value<std::array<long, 12>>("usdt_values");
    EXPECT_THAT(seen, testing::ElementsAreArray(values));
  }
  Library probes;
  Fixture object{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Headers, UsdtProbes, testing::Values("hook_usdt", "hook_usdt_skep"),
                         [](const auto& header) { return std::string(header.param); });

TEST_P(UsdtProbes, HaveIntegersOfEverySize) {
  const auto link = attach("skep", "integers");
  ASSERT_TRUE(link) << error_of(link);
  ASSERT_TRUE(link->is_bpf_link());
  probes.function<void(signed char, unsigned char, short, unsigned short, int, unsigned, long,
                       unsigned long)>("skep_integers")(-1, 255, -2, 65534, -3, 4294967293U, -4,
                                                        18446744073709551612UL);
  expect_fired({-1, 255, -2, 65534, -3, 4294967293, -4, -4});
}

TEST_P(UsdtProbes, HaveConstants) {
  const auto link = attach("skep", "constants");
  ASSERT_TRUE(link) << error_of(link);
  probes.function<void()>("skep_constants")();
  expect_fired({7, -7, 1L << 40, -1});
}

TEST_P(UsdtProbes, HaveNoArguments) {
  const auto link = attach("skep", "nothing");
  ASSERT_TRUE(link) << error_of(link);
  for (int i = 0; i < 5; ++i) probes.function<void()>("skep_nothing")();
  expect_fired({}, 5);
}

TEST_P(UsdtProbes, AreHungOnAllTheirPlaces) {
  auto link = attach("skep", "places");
  ASSERT_TRUE(link) << error_of(link);
  EXPECT_EQ(describe(link->hook()), test::described(fmt::format("USDT {}:skep:places", library)));
  const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
  auto* places = probes.function<long(long)>("skep_places");
  places(10);
  EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), 3U);
  EXPECT_THAT((object.value<std::array<long, 4>>("usdt_sum")), ElementsAre(0, 10, 31, 155));
  link->detach();
  EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
  places(10);
  EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), 3U);
}

// Two at a time, and again: each has its own entries of the map, and gives them back.
TEST_P(UsdtProbes, AreTypedAndBesideOthers) {
  auto spec = test::spec_of(GetParam());
  ASSERT_TRUE(spec.set("thread", test::thread_id()));
  spec.find_map("__bpf_usdt_specs")->max_entries = 4;
  const auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  const auto attach_to = [&](const char* program, const char* name) {
    return (**loaded->program(program))
        .attach(Usdt{.binary = library, .provider = "skep", .name = name});
  };
  for (int i = 0; i < 3; ++i) {
    const auto places = attach_to("on_usdt", "places");
    const auto constants = attach_to("on_typed", "constants");
    ASSERT_TRUE(places && constants) << i << error_of(places) << error_of(constants);
    EXPECT_THAT(error_of(attach_to("on_typed", "nothing")), HasSubstr("all 4 entries of map"));
    probes.function<long(long)>("skep_places")(10);
    probes.function<void()>("skep_constants")();
    EXPECT_EQ(test::value_of<long>(*loaded, "typed_first"), 7);
    EXPECT_EQ(test::value_of<long>(*loaded, "typed_second"), -7);
    EXPECT_EQ((test::value_of<std::array<long, 12>>(*loaded, "usdt_values")[1]), 155);
  }
  EXPECT_EQ(test::value_of<std::uint64_t>(*loaded, "typed_count"), 3U);
}

TEST_P(UsdtProbes, AreGuardedByTheirSemaphore) {
  auto* guarded = probes.function<void(long)>("skep_guarded");
  auto* semaphore = probes.function<unsigned short>("skep_guarded_semaphore");
  auto* worked_out = probes.function<int>("skep_worked_out");
  const int before = *worked_out;
  guarded(1);
  EXPECT_EQ(*semaphore, 0);
  {
    const auto link = attach("skep", "guarded");
    ASSERT_TRUE(link) << error_of(link);
    EXPECT_EQ(*semaphore, 1);
    guarded(42);
    EXPECT_EQ(*worked_out, before + 1);
    expect_fired({42});
    const auto other = attach("skep", "guarded", "on_typed");
    ASSERT_TRUE(other) << error_of(other);
    EXPECT_GE(*semaphore, 1);  // of the place, not of each who listens
  }
  EXPECT_TRUE(
      test::eventually([&] { return *static_cast<volatile unsigned short*>(semaphore) == 0; }));
  guarded(1);
  EXPECT_EQ(*worked_out, before + 1);
}

TEST_P(UsdtProbes, HaveEveryRegister) {
  const auto link = attach("hand", "registers");
  ASSERT_TRUE(link) << error_of(link);
  const long table[] = {1, 2, 3};
  probes.function<void(const long*)>("skep_registers")(table);
  expect_fired({0xf9, -7, 0xfff9, -7, 0xfffffff9, -7, -7, -7, reinterpret_cast<long>(table), 0x80,
                -128, 0x80});
}

#if defined(__x86_64__)
constexpr long table[] = {0x1111111111111111,  0x2222222222222222,  0x3333333333333333,
                          -0x4444444444444444, -0x5555555555555555, 0x6666666666666666};

TEST_P(UsdtProbes, HaveMemory) {
  const auto link = attach("hand", "memory");
  ASSERT_TRUE(link) << error_of(link);
  probes.function<void(const long*)>("skep_memory")(table);
  const auto low = [](long value) { return static_cast<long>(static_cast<std::uint32_t>(value)); };
  expect_fired({table[2], table[1], low(table[3]), static_cast<int>(table[3]),
                static_cast<signed char>(table[3]), static_cast<unsigned short>(table[3]),
                reinterpret_cast<long>(table), 0x11223344, -5, -5, -9, 16});
}

TEST_P(UsdtProbes, HaveMemoryWithAnIndex) {
  const auto link = attach("hand", "indexed");
  if (std::string_view(GetParam()) == "hook_usdt") {
    EXPECT_EQ(link.error().kind(), ErrorKind::unsupported);
    EXPECT_THAT(error_of(link),
                HasSubstr("argument 1: it is in memory at an address with an index"));
    EXPECT_THAT(error_of(link), HasSubstr("skep/usdt.bpf.h"));
    return;
  }
  ASSERT_TRUE(link) << error_of(link);
  probes.function<void(const long*)>("skep_indexed")(table);
  const auto* bytes = reinterpret_cast<const unsigned char*>(table);
  const auto at = [&]<typename T>(T, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes + offset, sizeof value);
    return static_cast<long>(value);
  };
  expect_fired({table[3], table[2], at(int{}, 16), bytes[3], at(static_cast<unsigned short>(0), 6),
                table[0], table[0]});
}

TEST_P(UsdtProbes, SayWhichArgumentCannotBeRead) {
  EXPECT_THAT(error_of(attach("hand", "vector")),
              HasSubstr("argument 2, '8@%xmm0', is in register 'xmm0'"));
  EXPECT_THAT(error_of(attach("hand", "upper")), HasSubstr("upper half of a 16-bit register (ah)"));
}
#endif

TEST_P(UsdtProbes, SayWhatIsWrong) {
  EXPECT_THAT(error_of(attach("skep", "floating")), HasSubstr("is a number in floating point"));
  EXPECT_THAT(error_of(attach("skep", "integer")), HasSubstr("It has: skep:integers"));
  EXPECT_THAT(error_of(attach("other", "thing")), HasSubstr("no USDT probe 'other:thing'"));
  EXPECT_THAT(error_of(attach("skep", "x", "on_usdt", "/bin/true")), HasSubstr("has none"));
  EXPECT_THAT(error_of(attach("", "x")), HasSubstr("a provider and a name"));
  EXPECT_THAT(error_of((**object.object->program("on_usdt")).attach()),
              HasSubstr("SEC(\"usdt\") names no USDT probe"));
}

// The probes of this very program, which the sanitizers have been at.
TEST_P(UsdtProbes, AreInExecutablesToo) {
  const auto link = attach("skep_test", "own", "on_usdt", "/proc/self/exe");
  ASSERT_TRUE(link) << error_of(link);
  volatile int first = -17;
  const char* text = "text";
  STAP_PROBE3(skep_test, own, first, text, 5);
  expect_fired({-17, reinterpret_cast<long>(text), 5});
}

TEST_P(UsdtProbes, OfTheStandardLibrarySeeExceptions) {
  const auto thrown = attach("libstdcxx", "throw", "on_usdt", "libstdc++.so.6");
  const auto caught = attach("libstdcxx", "catch", "on_typed", "libstdc++");
  ASSERT_TRUE(thrown) << error_of(thrown);
  ASSERT_TRUE(caught) << error_of(caught);
  const void* object_thrown = nullptr;
  try {
    throw std::logic_error("seen");
  } catch (const std::logic_error& error) {
    object_thrown = &error;
  }
  EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), 1U);
  EXPECT_EQ(object.value<std::uint64_t>("typed_count"), 1U);
  EXPECT_EQ((object.value<std::array<long, 12>>("usdt_values")[1]),
            reinterpret_cast<long>(&typeid(std::logic_error)));
  EXPECT_EQ(object.value<long>("typed_second"), reinterpret_cast<long>(&typeid(std::logic_error)));
  EXPECT_NE(object_thrown, nullptr);
}

TEST_P(UsdtProbes, OfOneProcessDoNotFireInAnother) {
  auto* places = probes.function<long(long)>("skep_places");
  Child child([&] { places(10); });
  const Fixture all(GetParam(), 0);
  const auto link = all.attach(
      "on_usdt", Usdt{.binary = library, .provider = "skep", .name = "places", .pid = child.pid()});
  ASSERT_TRUE(link) << error_of(link);
  places(10);
  EXPECT_EQ(all.value<std::uint64_t>("usdt_count"), 0U);
  child.run();
  EXPECT_EQ(all.value<std::uint64_t>("usdt_count"), 3U);
}

// As on kernels before 6.6: the program is loaded for single uprobes.
TEST_P(UsdtProbes, AreHungOneByOne) {
  auto spec = test::spec_of(GetParam());
  for (auto& program : spec.programs) {
    program.section = "uprobe";  // USDT programs are loaded for a link of many
  }
  ASSERT_TRUE(spec.set("thread", test::thread_id()));
  const auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  const auto link = (**loaded->program("on_usdt"))
                        .attach(Usdt{.binary = library, .provider = "skep", .name = "places"});
  ASSERT_TRUE(link) << error_of(link);
  EXPECT_THAT(describe(link->hook()), HasSubstr(", one by one"));
  probes.function<long(long)>("skep_places")(10);
  EXPECT_EQ(test::value_of<std::uint64_t>(*loaded, "usdt_count"), 3U);
  EXPECT_THAT((test::value_of<std::array<long, 4>>(*loaded, "usdt_sum")),
              ElementsAre(0, 10, 31, 155));
}

// What a pinned link uses of the map stays in use.
TEST_P(UsdtProbes, ThatArePinnedKeepTheirEntries) {
  if (!test::has_links_of_many()) GTEST_SKIP() << "one by one they cannot be pinned";
  const test::PrivateBpffs bpffs;
  ASSERT_TRUE(bpffs.is_there());
  const auto path = bpffs.path() / "places";
  auto* places = probes.function<long(long)>("skep_places");
  {
    auto pinned = attach("skep", "places");
    ASSERT_TRUE(pinned) << error_of(pinned);
    const auto done = pinned->pin(path);
    ASSERT_TRUE(done) << test::text_of(done.error());
  }
  const auto other = attach("skep", "constants", "on_typed");
  ASSERT_TRUE(other) << error_of(other);
  places(10);
  EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), 3U);
  EXPECT_THAT((object.value<std::array<long, 4>>("usdt_sum")), ElementsAre(0, 10, 31, 155));
  auto opened = Link::open(path);
  ASSERT_TRUE(opened) << error_of(opened);
  EXPECT_THAT(describe(opened->hook()), HasSubstr("libskep_test_probes.so:3 functions"));
  EXPECT_TRUE(opened->detach());
  places(10);
  EXPECT_EQ(object.value<std::uint64_t>("usdt_count"), 3U);
}

TEST_P(UsdtProbes, HungOneByOneAreNotPinned) {
  auto spec = test::spec_of(GetParam());
  for (auto& program : spec.programs) program.section = "uprobe";
  const auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  auto link = (**loaded->program("on_usdt"))
                  .attach(Usdt{.binary = library, .provider = "skep", .name = "places"});
  ASSERT_TRUE(link) << error_of(link);
  const auto pinned = link->pin("/sys/fs/bpf/skep-no-such-pin");
  ASSERT_FALSE(pinned);
  EXPECT_THAT(test::text_of(pinned.error()), HasSubstr("one for each CPU or place"));
}

// A link may outlive its object.
TEST_P(UsdtProbes, OutliveTheirObject) {
  auto* semaphore = probes.function<unsigned short>("skep_guarded_semaphore");
  auto link = attach("skep", "guarded");
  ASSERT_TRUE(link) << error_of(link);
  object.object.reset();
  EXPECT_EQ(*semaphore, 1);
  link->detach();
  EXPECT_TRUE(
      test::eventually([&] { return *static_cast<volatile unsigned short*>(semaphore) == 0; }));
}

}  // namespace
}  // namespace skep
