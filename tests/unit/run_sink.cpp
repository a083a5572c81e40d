#include "run/sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "skep/fd.hpp"

namespace skep::run {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    read.reset(fds[0]);
    write.reset(fds[1]);
  }
  Fd read, write;
};

class SinkTest : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }
  void interrupt() const {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(event.get(), &one, sizeof(one)), 8);
  }
  Pipe pipe;
  Fd event{::eventfd(0, EFD_CLOEXEC)};
};

TEST_F(SinkTest, AllBytesArriveInOrderThroughASmallPipe) {
  ASSERT_GT(::fcntl(pipe.write.get(), F_SETPIPE_SZ, 4096), 0);
  std::string sent;
  for (int i = 0; i < 100'000; ++i) sent += std::to_string(i) + "\n";
  std::string got;
  std::thread reader([&] {
    char chunk[1000];
    for (ssize_t n = 0; (n = ::read(pipe.read.get(), chunk, sizeof(chunk))) > 0;)
      got.append(chunk, n);
  });
  std::string buffer = sent;
  const auto outcome = Sink(pipe.write.get(), event.get()).write(buffer);
  pipe.write.reset();
  reader.join();
  EXPECT_EQ(outcome.value(), Sink::Outcome::written);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(got, sent);
}

TEST_F(SinkTest, AnInterruptEndsAWriteThatNobodyTakes) {
  interrupt();
  const std::size_t size = 1 << 20;
  std::string buffer(size, 'x');
  EXPECT_EQ(Sink(pipe.write.get(), event.get()).write(buffer).value(), Sink::Outcome::interrupted);
  EXPECT_LT(buffer.size(), size);  // what the pipe took is gone from the buffer
  EXPECT_GT(buffer.size(), 0U);
}

TEST_F(SinkTest, FinishHasPatienceButNotForEver) {
  std::string buffer(1 << 20, 'x');
  EXPECT_FALSE(Sink(pipe.write.get(), -1).finish(buffer, std::chrono::milliseconds(50)).value());
  EXPECT_FALSE(buffer.empty());
}

TEST_F(SinkTest, AClosedReaderIsToldApartFromAnError) {
  pipe.read.reset();
  std::string buffer = "row\n";
  EXPECT_EQ(Sink(pipe.write.get(), event.get()).write(buffer).value(), Sink::Outcome::closed);

  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto outcome = Sink(full.get(), event.get()).write(buffer);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ENOSPC);
}

}  // namespace
}  // namespace skep::run
