// struct_ops maps on the running kernel: a congestion control that can be seen and chosen exactly
// as long as its link lives.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/bytes.hpp"
#include "kernel/host.hpp"
#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

bool is_available(const std::string& name) {
  const char* const path = "/proc/sys/net/ipv4/tcp_available_congestion_control";
  const auto list = kernel::read_kernel_file(kernel::real_syscalls(), AT_FDCWD, path).value_or("");
  return (" " + list).find(" " + name) != std::string::npos;
}

// Whether a connection may use it.
bool can_be_chosen(const std::string& name) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::setsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(),
                      static_cast<socklen_t>(name.size())) == 0;
}

// The names are the kernel's, and other tests may run at the same time: each run has its own.
std::string rename(ObjectSpec& spec, std::string_view map, std::string_view stem) {
  std::string name = fmt::format("{}{}", stem, ::getpid());
  auto* ops = spec.find_map(map);
  std::ranges::copy(std::as_bytes(std::span(name)), ops->contents.begin());  // its first member
  ops->contents[name.size()] = std::byte{0};
  return name;
}

TEST(StructOps, ALinkRegistersAndTakesOut) {
  auto spec = test::spec_of("ops_link");
  const auto first = rename(spec, "first", "sk1_");
  const auto second = rename(spec, "second_with_a_long_name", "sk2_");
  const auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_TRUE(object->notes().empty()) << object->notes()[0];
  EXPECT_EQ(object->programs().size(), 3U) << "the one of the map that is not created is left out";
  EXPECT_FALSE(is_available(first));

  auto link = object->map("first").value()->attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  EXPECT_TRUE(link->is_bpf_link());
  EXPECT_EQ(describe(link->hook()), "struct_ops tcp_congestion_ops");
  EXPECT_TRUE(is_available(first));
  EXPECT_TRUE(can_be_chosen(first));
  EXPECT_FALSE(is_available(second));
  const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
  link->detach();
  EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
  EXPECT_FALSE(is_available(first));

  auto again = object->map("first").value()->attach();
  ASSERT_TRUE(again) << test::text_of(again.error());
  EXPECT_TRUE(is_available(first));
}

// The name stays, what stands behind it changes.
TEST(StructOps, ALinkIsGivenAnotherMap) {
  auto spec = test::spec_of("ops_link");
  const auto name = rename(spec, "first", "sk9_");
  const auto first = Object::load(spec), second = Object::load(spec);
  ASSERT_TRUE(first && second);
  const Map& other = *second->map("first").value();
  auto link = first->map("first").value()->attach();
  ASSERT_TRUE(link) << test::text_of(link.error());
  const auto updated = link->update(other);
  ASSERT_TRUE(updated) << test::text_of(updated.error());
  EXPECT_EQ(link->info()->map, other.id().value());
  EXPECT_TRUE(can_be_chosen(name));
  EXPECT_FALSE(link->update(*first->map("second_with_a_long_name").value())) << "another name";
  EXPECT_TRUE(link->detach());
  EXPECT_FALSE(is_available(name));
}

TEST(StructOps, AWholeObjectRegistersItsMaps) {
  auto spec = test::spec_of("ops_link");
  const auto first = rename(spec, "first", "sk3_");
  const auto second = rename(spec, "second_with_a_long_name", "sk4_");
  const auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  auto links = object->attach();
  ASSERT_TRUE(links) << test::text_of(links.error());
  EXPECT_EQ(links->size(), 2U);
  EXPECT_TRUE(is_available(first) && is_available(second));
  detach_all(*std::move(links));
  EXPECT_FALSE(is_available(first) || is_available(second));
  EXPECT_EQ(object->map("not_yet").error().kind(), ErrorKind::not_found);
  const auto link = object->programs()[0].attach(StructOps{"tcp_congestion_ops"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::invalid_argument);
}

TEST(StructOps, AMapThatIsWrittenIsTakenOutAsWell) {
  auto spec = test::spec_of("ops_plain");
  const auto name = rename(spec, "plain", "sk5_");
  std::uint32_t map = 0;
  {
    const auto object = Object::load(std::move(spec));
    ASSERT_TRUE(object) << test::text_of(object.error());
    map = object->map("plain").value()->id().value();
    auto link = object->map("plain").value()->attach();
    ASSERT_TRUE(link) << test::text_of(link.error());
    EXPECT_FALSE(link->is_bpf_link());
    EXPECT_TRUE(is_available(name));
    const auto second = object->map("plain").value()->attach();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::busy);
    EXPECT_TRUE(is_available(name)) << "a refused link takes nothing out";
    Link moved = *std::move(link);
    EXPECT_TRUE(is_available(name));
  }
  EXPECT_FALSE(is_available(name));
  EXPECT_TRUE(test::is_gone(kernel::Thing::map, map));
}

TEST(StructOps, ANameThatIsTakenIsBusy) {
  auto spec = test::spec_of("ops_link");
  auto* map = spec.find_map("first");
  const std::string reno = "reno";
  std::ranges::copy(std::as_bytes(std::span(reno.c_str(), 5)), map->contents.begin());
  const auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  const auto link = object->map("first").value()->attach();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::busy) << test::text_of(link.error());
  EXPECT_THAT(link.error().message(), HasSubstr("register struct_ops map 'first'"));
}

TEST(StructOps, AMapThatWaitsIsCreatedWhenAskedFor) {
  auto spec = test::spec_of("ops_link");
  spec.find_map("not_yet")->autocreate = true;
  spec.find_map("first")->autocreate = false;
  spec.find_map("second_with_a_long_name")->autocreate = false;
  spec.find_program("ops_later")->flags = 0;  // a sleepable one is not for congestion controls
  const auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_TRUE(object->program("ops_later"));
  EXPECT_FALSE(object->program("ops_cong_avoid"));
}

TEST(StructOps, OtherMapsCannotBeAttached) {
  const auto object = Object::load(test::spec_of("ring_sequence"));
  ASSERT_TRUE(object);
  const auto link = object->maps()[0].attach();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace skep
