// bpf_printk on the running kernel. Other programs may print meanwhile: only our own lines count.
#include "stream/trace_pipe.hpp"

#include <gtest/gtest.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

class TracePipe : public testing::Test {
 protected:
  void SetUp() override {
    auto spec = test::spec_of("print_line");
    ASSERT_TRUE(spec.set("thread", test::thread_id()));
    ASSERT_TRUE(spec.set("mark", static_cast<unsigned>(::getpid())));
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
    auto attached = object->attach();
    ASSERT_TRUE(attached) << test::text_of(attached.error());
    links = *std::move(attached);
  }
  [[nodiscard]] static std::string mark() {
    return fmt::format("skep mark {} of {}", ::getpid(), test::thread_id());
  }
  // Waits for its turn: other tests may be reading it.
  static Result<stream::TracePipe> open_pipe() {
    auto pipe = stream::TracePipe::open(kernel::real_syscalls());
    test::eventually([&] {
      if (pipe || pipe.error().kind() != ErrorKind::busy) return true;
      pipe = stream::TracePipe::open(kernel::real_syscalls());
      return false;
    });
    return pipe;
  }
  std::optional<Object> object;
  std::vector<Link> links;
};

TEST_F(TracePipe, ShowsWhatIsPrintedFromNowOn) {
  test::call_getppid(3);  // old by the time the pipe is opened
  auto pipe = open_pipe();
  ASSERT_TRUE(pipe) << test::text_of(pipe.error());
  std::size_t seen = 0, calls = 0;
  const auto look = [&](const stream::PrintedLine& line) {
    if (line.text != mark()) return;
    ++seen;
    EXPECT_EQ(line.pid, static_cast<std::uint32_t>(test::thread_id()));
    EXPECT_FALSE(line.comm.empty());
    EXPECT_GT(line.time.seconds + line.time.microseconds, 0U);
  };
  // The first lines after a load can be lost (the kernel switches the event on a little later).
  EXPECT_TRUE(test::eventually([&] {
    test::call_getppid();
    ++calls;
    EXPECT_TRUE(pipe->drain(look));
    return seen > 0;
  }));
  EXPECT_LE(seen, calls) << "old lines are passed over";
  const std::size_t before = seen;
  test::call_getppid(100);
  EXPECT_TRUE(test::eventually([&] {
    EXPECT_TRUE(pipe->drain(look));
    return seen >= before + 100;
  }));
  EXPECT_EQ(seen, before + 100);
}

TEST_F(TracePipe, HasOneReader) {
  const auto first = open_pipe();
  ASSERT_TRUE(first) << test::text_of(first.error());
  const auto second = stream::TracePipe::open(kernel::real_syscalls());
  if (second) GTEST_SKIP() << "this kernel lets several read";
  EXPECT_EQ(second.error().kind(), ErrorKind::busy);
  EXPECT_FALSE(second.error().hints().empty());
}

}  // namespace
}  // namespace skep
