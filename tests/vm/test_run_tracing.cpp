// Test runs of programs on functions of the kernel: it calls those that it has for that.
#include <gtest/gtest.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

Result<Object> load(std::string_view program, std::int32_t instead = 0) {
  auto spec = test::spec_of("test_run_tracing");
  for (auto& one : spec.programs) one.autoload = one.name == program;
  EXPECT_TRUE(spec.set("instead", instead));
  return Object::load(std::move(spec));
}

TestRunResult run(const Object& object) {
  const auto link = object.programs()[0].attach();
  EXPECT_TRUE(link) << test::text_of(link.error());
  const auto result = object.programs()[0].run();
  if (!result) {
    ADD_FAILURE() << test::text_of(result.error());
    return {};
  }
  return *result;
}

TEST(TestRunOfTracing, TheKernelCallsWhatEntryAndExitHangOn) {
  const auto entry = load("on_entry");
  ASSERT_TRUE(entry) << test::text_of(entry.error());
  run(*entry);
  EXPECT_EQ(test::value_of<std::uint64_t>(*entry, "entries"), 1U);
  EXPECT_EQ(test::value_of<long>(*entry, "argument"), 1);
  const auto exit = load("on_exit");
  ASSERT_TRUE(exit) << test::text_of(exit.error());
  run(*exit);
  EXPECT_EQ(test::value_of<std::uint64_t>(*exit, "exits"), 1U);
  EXPECT_EQ(test::value_of<long>(*exit, "returned"), 2);
  const auto many = exit->programs()[0].run({.repeat = 2});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().kind(), ErrorKind::invalid_argument);
}

// The low half is what was returned, the high half how many bodies ran.
TEST(TestRunOfTracing, AChangedReturnValueKeepsTheBodyFromRunning) {
  const auto plain = load("on_return", 0);
  if (!plain && plain.error().report().find("is not modifiable") != std::string::npos) {
    GTEST_SKIP() << "this kernel lets nobody change what functions return";
  }
  ASSERT_TRUE(plain) << test::text_of(plain.error());
  const auto own = run(*plain).return_value;
  const auto changed = run(load("on_return", -2).value()).return_value;
  EXPECT_EQ(own >> 16, (changed >> 16) + 1);
  EXPECT_NE(own & 0xffff, changed & 0xffff);
}

}  // namespace
}  // namespace skep
