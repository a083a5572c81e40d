// Cgroups by what people call them, in the real hierarchy of version 2: a cgroup of our own, and in
// it the layouts of the container runtimes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook/cgroup_path.hpp"
#include "hook/cgroup_search.hpp"
#include "kernel/support.hpp"
#include "kernel/syscalls.hpp"

namespace skep {
namespace {

using testing::AllOf, testing::HasSubstr, testing::Not;

// Sixty-four digits that end in the process number: no other test has them.
std::string id_of(char first) {
  const auto number = fmt::format("{:08x}", ::getpid());
  return std::string(8, first) + number + std::string(40, 'e') + number;
}

class CgroupNames : public testing::Test {
 protected:
  void SetUp() override {
    auto root = hook::cgroup_root(kernel::real_syscalls());
    ASSERT_TRUE(root) << test::text_of(root.error());
    top = fmt::format("{}/skep-names-{}", *root, ::getpid());
    make("");
  }
  // The last made first: a cgroup that holds others cannot be removed.
  void TearDown() override {
    for (; !made.empty(); made.pop_back()) EXPECT_EQ(::rmdir(made.back().c_str()), 0);
  }
  // With the cgroups above it; "" for our own.
  std::string make(const std::string& below) {
    const auto path = below.empty() ? top : top + "/" + below;
    for (auto end = top.size(); end != std::string::npos;) {
      const auto part = path.substr(0, end);
      if (::mkdir(part.c_str(), 0755) == 0) made.push_back(part);
      end = end == path.size() ? std::string::npos : std::min(path.find('/', end + 1), path.size());
    }
    return path;
  }
  static Result<std::string> find(const std::string& text) {
    return hook::find_cgroup(kernel::real_syscalls(), text);
  }
  static void expect_found(const std::string& text, const std::string& path) {
    const auto found = find(text);
    ASSERT_TRUE(found) << text << ": " << test::text_of(found.error());
    EXPECT_EQ(*found, path) << text;
  }
  std::string top;
  std::vector<std::string> made;
};

TEST_F(CgroupNames, AContainerByItsIdInEveryLayout) {
  const std::string layouts[] = {
      "docker/{}",
      "docker-{}.scope",
      "system.slice/docker-{}.scope",
      "machine.slice/libpod-{}.scope",
      "libpod_parent/libpod-{}",
      "kubepods/burstable/pod1c5a/{}",
      "kubepods.slice/kubepods-pod1c5a.slice/cri-containerd-{}.scope",
      "kubepods.slice/kubepods-pod1c5a.slice/crio-{}.scope",
      "kubepods-pod1c5a.slice:cri-containerd:{}",
  };
  char first = 'a';
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& layout : layouts) {
    const auto id = id_of(first == 'f' ? '0' : first++);
    if (!all.empty() && all.back().first == id) break;
    all.emplace_back(id, make(fmt::format(fmt::runtime(layout), id)));
  }
  for (const auto& [id, path] : all) {
    expect_found(id, path);
    expect_found(id.substr(0, 16), path);
    expect_found("containerd://" + id, path);
  }
}

TEST_F(CgroupNames, WhatStandsBesideOrInAContainerIsNotIt) {
  const auto id = id_of('b');
  const auto scope = make(fmt::format("machine.slice/libpod-{}.scope", id));
  make(fmt::format("machine.slice/libpod-conmon-{}.scope", id));
  make(fmt::format("machine.slice/libpod-{}.scope/container", id));
  make(fmt::format("machine.slice/libpod-{0}.scope/payload/{0}", id));
  expect_found(id, scope);
  expect_found(id.substr(0, 16), scope);
}

TEST_F(CgroupNames, SeveralContainersAreNamed) {
  const auto one = id_of('c'), other = id_of('c').substr(0, 60) + "0000";
  make("docker/" + one);
  make("docker/" + other);
  const auto found = find(one.substr(0, 16));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(test::text_of(found.error()),
              AllOf(HasSubstr("fits 2 cgroups"), HasSubstr(one), HasSubstr(other)));
  expect_found(one, top + "/docker/" + one);
}

TEST_F(CgroupNames, AUnitByItsName) {
  const auto unit = fmt::format("skep-web-{}", ::getpid());
  const auto path = make("system.slice/" + unit + ".service");
  expect_found(unit, path);
  expect_found(unit + ".service", path);
  const auto found = find(unit + "x");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(test::text_of(found.error()), HasSubstr(fmt::format("Did you mean '{}'?", unit)));
}

TEST_F(CgroupNames, AnIdOfDigitsOnlyIsNoProcess) {
  auto id = fmt::format("{:08}", ::getpid()) + std::string(56, '7');
  const auto path = make("docker/" + id);
  expect_found(id.substr(0, 12), path);
}

TEST(ContainerOf, NamesOfDirectories) {
  const std::string id(64, 'a');
  EXPECT_EQ(hook::container_of(id), id);
  EXPECT_EQ(hook::container_of("crio-" + id + ".scope"), id);
  EXPECT_EQ(hook::container_of("a.slice:cri-containerd:" + id), id);
  EXPECT_FALSE(hook::container_of("crio-conmon-" + id + ".scope"));
  EXPECT_FALSE(hook::container_of(std::string(63, 'a')));
  EXPECT_FALSE(hook::container_of("x" + id)) << "not separated";
  EXPECT_FALSE(hook::container_of(std::string(64, 'g')));
  EXPECT_FALSE(hook::container_of(""));
}

}  // namespace
}  // namespace skep
