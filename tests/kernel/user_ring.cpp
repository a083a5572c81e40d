// Records from user space to a program.
#include "skep/user_ring.hpp"

#include <gtest/gtest.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

using test::must;

class UserRings : public testing::Test {
 protected:
  static Object load() {
    auto spec = test::spec_of("user_ring");
    EXPECT_TRUE(spec.set("thread", test::thread_id()));
    return must(Object::load(std::move(spec)));
  }
  [[nodiscard]] std::uint64_t value(const char* name) const {
    return test::value_of<std::uint64_t>(object, name);
  }
  Object object = load();
  std::vector<Link> links = must(object.attach());
  UserRing ring = must(UserRing::open(*must(object.map("requests"))));
};

TEST_F(UserRings, EveryRecordArrivesInOrder) {
  std::uint64_t sent = 0;
  for (int round = 0; round < 50; ++round) {
    while (ring.push(sent + 1)) ++sent;
    EXPECT_EQ(ring.backlog(), ring.capacity());
    test::call_getppid();
    EXPECT_EQ(value("count"), sent);
    EXPECT_EQ(ring.backlog(), 0U);
  }
  EXPECT_EQ(sent, 50 * 4096U / 16);
  EXPECT_EQ(value("sum"), sent * (sent + 1) / 2);
  EXPECT_EQ(value("out_of_order"), 0U);
}

TEST_F(UserRings, ARecordIsSeenWhenItIsSubmitted) {
  const auto first = ring.reserve(8), second = ring.reserve(8), third = ring.reserve(8);
  ASSERT_TRUE(first && second && third);
  const std::uint64_t numbers[] = {1, 77, 2};
  std::memcpy(second->data(), &numbers[1], 8);
  ring.discard(*second);
  std::memcpy(third->data(), &numbers[2], 8);
  ring.submit(*third);
  test::call_getppid();
  EXPECT_EQ(value("count"), 0U) << "the first one is still being written";
  std::memcpy(first->data(), &numbers[0], 8);
  ring.submit(*first);
  test::call_getppid();
  EXPECT_EQ(value("count"), 2U);
  EXPECT_EQ(value("sum"), 3U);
}

TEST_F(UserRings, WaitsUntilThereIsRoom) {
  while (ring.push(std::uint64_t{1})) {
  }
  (void)must(ring.wait(std::chrono::milliseconds(0)));  // there was room when it was opened
  EXPECT_FALSE(must(ring.wait(std::chrono::milliseconds(10))));
  test::call_getppid();
  EXPECT_TRUE(must(ring.wait(std::chrono::seconds(30))));
  EXPECT_TRUE(ring.push(std::uint64_t{1}));
}

TEST_F(UserRings, TooLargeIsFull) {
  EXPECT_FALSE(ring.reserve(4096));
  EXPECT_FALSE(ring.reserve(SIZE_MAX));
  EXPECT_TRUE(ring.reserve(4088));
  EXPECT_FALSE(ring.reserve(0));
}

}  // namespace
}  // namespace skep
