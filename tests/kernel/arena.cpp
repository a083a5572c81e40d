// Arenas: what a program writes, user space reads at the same addresses.
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "kernel/support.hpp"

namespace skep {
namespace {

// Kernel 6.9, and a JIT that knows arenas: elsewhere there are none to test.
class Arena : public testing::Test {
 protected:
  void load(std::string_view name) {
    auto spec = test::spec_of(name);
    ASSERT_TRUE(spec.set("thread", test::thread_id()));
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  const Map& map() { return **object->map("arena"); }
  std::uint64_t number(std::string_view variable) {
    const auto* place = object->spec().find_variable(variable);
    return read_at<std::uint64_t>(map().memory(), place->offset).value();
  }
  std::optional<Object> object;
};

TEST_F(Arena, ItsVariablesAreShared) {
  load("arena_globals");
  ASSERT_EQ(map().memory().size(), 10U * 4096);
  EXPECT_EQ(number("calls"), 40U);
  auto link = object->programs()[0].attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto before = number("calls");
  test::call_getppid(100);
  const auto after = number("calls");
  link->detach();
  EXPECT_GE(before, 40U);
  EXPECT_GE(after, before + 100);
  EXPECT_EQ(number("zero"), number("calls") + 4);
  EXPECT_EQ(test::value_of<std::uint64_t>(*object, "ordinary"), number("zero"));
}

TEST_F(Arena, StandsWhereTheObjectSays) {
  load("arena_placed");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(map().memory().data()), 0x400000000000U);
  EXPECT_EQ(map().info().value().extra, 0x400000000000U);
  EXPECT_EQ(number("first"), 1U);
  // The place is taken now: a second one is refused, and the first one's memory stays.
  const auto second = Object::load(object->spec());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::busy) << test::text_of(second.error());
  EXPECT_EQ(number("first"), 1U);
}

TEST_F(Arena, ItsVariablesCanBeSet) {
  auto spec = test::spec_of("arena_globals");
  ASSERT_TRUE(spec.set("calls", 99));
  ASSERT_TRUE(spec.set("zero", 5));
  auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  object.emplace(*std::move(loaded));
  EXPECT_EQ(number("calls"), 99U);
  EXPECT_EQ(number("zero"), 5U);
}

}  // namespace
}  // namespace skep
