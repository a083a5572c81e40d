// bpf_printk on the running kernel. Other programs may print meanwhile: only our own lines count.
#include "stream/trace_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/host.hpp"
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
  std::optional<Object> object;
  std::vector<Link> links;
};

TEST_F(TracePipe, ShowsWhatIsPrintedFromNowOn) {
  test::call_getppid(3);  // old by the time the pipe is opened
  auto pipe = stream::TracePipe::open(kernel::real_syscalls());
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

// The kernel allows one reader of a buffer: the second has a buffer of its own.
TEST_F(TracePipe, HasSeveralReaders) {
  std::vector<stream::TracePipe> pipes;
  for (int i = 0; i < 3; ++i) {
    auto pipe = stream::TracePipe::open(kernel::real_syscalls());
    ASSERT_TRUE(pipe) << test::text_of(pipe.error());
    pipes.push_back(*std::move(pipe));
  }
  for (auto& pipe : pipes) {
    std::size_t seen = 0;
    EXPECT_TRUE(test::eventually([&] {
      test::call_getppid();
      EXPECT_TRUE(
          pipe.drain([&](const stream::PrintedLine& line) { seen += line.text == mark(); }));
      return seen > 0;
    }));
  }
}

TEST_F(TracePipe, LeavesNoInstance) {
  auto& sys = kernel::real_syscalls();
  const auto tracefs = kernel::open_tracefs(sys);
  ASSERT_TRUE(tracefs) << test::text_of(tracefs.error());
  const auto is_there = [&](const std::string& name) {
    const auto names = kernel::list_directories(sys, tracefs->get(), "instances");
    EXPECT_TRUE(names);
    return names && std::ranges::find(*names, name) != names->end();
  };
  // As a session that was killed leaves it.
  const std::string left = fmt::format("skep-{}-4711", ::getpid());
  ASSERT_EQ(sys.mkdirat(tracefs->get(), ("instances/" + left).c_str(), 0700), 0);
  // And what somebody else calls nearly so.
  const std::string other = fmt::format("skep-{}-other", ::getpid());
  ASSERT_EQ(sys.mkdirat(tracefs->get(), ("instances/" + other).c_str(), 0700), 0);
  const std::string own = fmt::format("skep-{}-0", ::getpid());
  {
    const auto global = stream::TracePipe::open(sys);
    const auto instance = stream::TracePipe::open(sys);
    ASSERT_TRUE(instance) << test::text_of(instance.error());
    EXPECT_TRUE(is_there(own));
    EXPECT_FALSE(is_there(left));
    EXPECT_TRUE(is_there(other));
  }
  EXPECT_FALSE(is_there(own));
  EXPECT_EQ(sys.unlinkat(tracefs->get(), ("instances/" + other).c_str(), AT_REMOVEDIR), 0);
}

}  // namespace
}  // namespace skep
