// Perf events and iterators, on the running kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

class Samples : public testing::Test {
 protected:
  void load(std::string_view program) {
    auto spec = test::spec_of("hook_samples");
    for (auto& one : spec.programs) one.autoload = one.name == program;
    ASSERT_TRUE(spec.set("process", static_cast<int>(::getpid())));
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  const Program& program() { return object->programs()[0]; }
  std::uint64_t count() { return test::value_of<std::uint64_t>(*object, "count"); }
  void expect_samples(const Result<Link>& link) {
    ASSERT_TRUE(link) << test::text_of(link.error());
    EXPECT_TRUE(test::eventually([&] { return count() >= 20; }));  // it computes, and is sampled
  }
  static std::string read_all(const Fd& fd) {
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(fd.get(), buffer, sizeof(buffer))) > 0;) {
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }
  std::optional<Object> object;
};

TEST_F(Samples, OnEveryCpu) {
  load("on_sample");
  expect_samples(program().attach(AttachDefaults{.frequency = 999}));
}

TEST_F(Samples, OfOneProcessByPeriod) {
  load("on_sample");
  const PerfEvent hook{
      .event = PerfEvent::Event::task_clock, .period = 1'000'000, .pid = ::getpid()};
  expect_samples(program().attach(hook));
}

TEST_F(Samples, EndWithTheLink) {
  load("on_sample");
  {
    const auto link = program().attach(PerfEvent{.frequency = 999});
    expect_samples(link);
  }
  const auto before = count();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  while (std::chrono::steady_clock::now() < end) continue;
  EXPECT_EQ(count(), before);
}

TEST_F(Samples, NeedAnEventAndOneRate) {
  load("on_sample");
  EXPECT_EQ(program().attach(PerfEvent{}).error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(program().attach(PerfEvent{.frequency = 9, .period = 9}).error().kind(),
            ErrorKind::invalid_argument);
  const auto cycles =
      program().attach(PerfEvent{.event = PerfEvent::Event::cpu_cycles, .frequency = 99});
  if (!cycles) {
    EXPECT_THAT(test::text_of(cycles.error()), HasSubstr("no performance counters"));
  }
}

TEST_F(Samples, AnIteratorWalksAnewEachTime) {
  load("on_task");
  const auto link = program().attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto me = fmt::format("{} {}\n", ::getpid(), test::thread_id());
  for (int i = 0; i < 3; ++i) {
    const auto fd = link->iterate();
    ASSERT_TRUE(fd) << test::text_of(fd.error());
    EXPECT_THAT("\n" + read_all(*fd), HasSubstr("\n" + me));
  }
}

TEST_F(Samples, AnIteratorOfOneProcess) {
  load("on_task");
  const auto link = program().attach(Iterator{.pid = static_cast<std::uint32_t>(::getpid())});
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto fd = link->iterate();
  ASSERT_TRUE(fd) << test::text_of(fd.error());
  std::string rest = read_all(*fd);
  const auto own = fmt::format("{} ", ::getpid());
  EXPECT_TRUE(rest.starts_with(own)) << rest;
  for (std::size_t at = 0; (at = rest.find('\n', at)) + 1 < rest.size(); ++at) {
    EXPECT_EQ(rest.substr(at + 1, own.size()), own);
  }
}

TEST_F(Samples, AnIteratorOfAMap) {
  load("on_element");
  const Map* numbers = object->map("numbers").value();
  for (std::uint32_t key = 0; key < 8; ++key) {
    const std::uint64_t value = 10;
    ASSERT_TRUE(
        numbers->update(std::as_bytes(std::span(&key, 1)), std::as_bytes(std::span(&value, 1))));
  }
  const auto none = program().attach();
  ASSERT_FALSE(none);
  const auto link = program().attach(Iterator{.target = "bpf_map_elem", .map = numbers->fd()});
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto fd = link->iterate();
  ASSERT_TRUE(fd) << test::text_of(fd.error());
  EXPECT_EQ(read_all(*fd), "");
  EXPECT_EQ(count(), 280U);  // (0 + 1 + … + 7) * 10
}

}  // namespace
}  // namespace skep
