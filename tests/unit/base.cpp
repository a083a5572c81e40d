#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/quantity.hpp"

namespace skep {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorKind::invalid_argument, "{} is odd", value);
  return value / 2;
}

Result<int> quarter(int value) {
  SKEP_TRY(const int once, half(value));
  SKEP_TRY(const int twice, half(once));
  return twice;
}

Result<std::unique_ptr<int>> boxed(int value) {
  SKEP_CHECK(half(value));
  return std::make_unique<int>(value);
}

TEST(Result, TryBindsTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(failed.error().message(), "3 is odd");
}

TEST(Result, CheckWorksWithMoveOnlyValues) {
  EXPECT_EQ(*boxed(4).value(), 4);
  EXPECT_FALSE(boxed(5));
}

TEST(Error, IsPointerSized) { EXPECT_EQ(sizeof(Error), sizeof(void*)); }

TEST(Error, ComposesWhatWasBeingDone) {
  Error error = Error::from_errno(ENOENT, "open /x").in("load object 'y'").hint("Look elsewhere.");
  EXPECT_EQ(error.message(), "load object 'y': open /x: No such file or directory (ENOENT)");
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.code(), ENOENT);
  ASSERT_EQ(error.hints().size(), 1U);
}

TEST(Error, KnowsTheKernelInternalErrno) {
  const Error error = Error::from_errno(524, "attach");
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_EQ(error.message(), "attach: Operation is not supported (ENOTSUPP)");
}

TEST(Bytes, SliceDoesNotOverflow) {
  const std::byte storage[4]{};
  const Bytes bytes(storage);
  EXPECT_TRUE(slice(bytes, 4, 0));
  EXPECT_TRUE(slice(bytes, 1, 3));
  EXPECT_FALSE(slice(bytes, 1, 4));
  EXPECT_FALSE(slice(bytes, 5, 0));
  EXPECT_FALSE(slice(bytes, UINT64_MAX, 2));
  EXPECT_FALSE(slice(bytes, 2, UINT64_MAX));
}

TEST(Bytes, StringsMustEnd) {
  const char text[] = {'a', 'b', '\0', 'c'};
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(string_at(bytes, 0), "ab");
  EXPECT_EQ(string_at(bytes, 2), "");
  EXPECT_FALSE(string_at(bytes, 3));
  EXPECT_FALSE(string_at(bytes, 4));
}

TEST(File, RefusesWhatIsNoRegularFile) {
  const auto directory = read_file("/", 100);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message(), "read /: it is a directory");
  EXPECT_FALSE(read_file("/dev/zero", 100));
  const auto missing = read_file("/no/such/file", 100);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
}

TEST(File, ReadsFilesOfTheKernelThatStateNoSize) {
  const auto text = read_text("/proc/self/status");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("Pid:"), std::string::npos);
}

TEST(Quantity, TimesAndSizes) {
  EXPECT_EQ(parse_time("10ms"), 10'000'000U);
  EXPECT_EQ(parse_time("1.5h"), 5'400'000'000'000U);
  EXPECT_EQ(parse_time("2", nanoseconds_a_second), 2 * nanoseconds_a_second);
  EXPECT_EQ(parse_size("64K"), 65'536U);
  EXPECT_EQ(parse_size("1MB"), 1'000'000U);
  EXPECT_EQ(parse_size("17"), 17U);
  for (const char* text : {"", "ms", "10", "10K", "-1s", "1e30s", "10 ms", "nan", "inf", "1msx"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  for (const char* text : {"", "K", "10s", "-1K", "99999999999T", "1k "}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace skep
