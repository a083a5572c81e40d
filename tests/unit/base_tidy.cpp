#include "base/tidy.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "cache_fixture.hpp"

namespace skep {
namespace {

using std::chrono::hours;
using testing::ElementsAre, testing::IsEmpty, testing::UnorderedElementsAre;

class Tidy : public test::CacheTest {
 protected:
  Tidy() : folder(Folder::open_cache().value()) {}

  // An entry that was used so long ago.
  void put(const std::string& name, std::size_t bytes, hours ago) {
    const std::vector<std::byte> content(bytes);
    ASSERT_TRUE(folder.write(name, content));
    const auto top = name.substr(0, name.find('/'));
    const auto when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() - ago);
    const timespec times[2] = {{when, 0}, {when, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder.path() / top).c_str(), times, 0), 0);
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& entry : folder.entries()) out.push_back(entry.name);
    return out;
  }

  Folder folder;
  const TidyLimits limits{.age = hours(100), .bytes = 1000, .grace = hours(1)};
};

TEST_F(Tidy, WhatWasNotUsedForLongGoes) {
  put("object-old", 10, hours(101));
  put("include-old/skep/stream.bpf.h", 10, hours(200));
  put("object-new", 10, hours(99));
  tidy(folder, limits);
  EXPECT_THAT(names(), ElementsAre("object-new"));
}

TEST_F(Tidy, TheLargestFolderShrinksFromItsOldestEnd) {
  put("object-1", 600, hours(30));
  put("vmlinux-2/vmlinux.h", 600, hours(20));
  put("object-3", 300, hours(10));
  tidy(folder, limits);
  // A folder counts its own blocks, too: which of the last two are left depends on the disk.
  EXPECT_THAT(names(), testing::Not(testing::Contains("object-1")));
  EXPECT_THAT(names(), testing::Contains("object-3"));
}

TEST_F(Tidy, WhatIsInUseStays) {
  put("object-now", 5000, hours(0));
  put("object-later", 10, hours(-5));  // the clock was set back
  tidy(folder, limits);
  EXPECT_THAT(names(), UnorderedElementsAre("object-now", "object-later"));
}

TEST_F(Tidy, WhatADeadProcessLeftGoes) {
  put("object-4.123-4-0.new", 10, hours(2));
  put("object-5.124-4-0.new", 10, hours(0));
  tidy(folder, limits);
  EXPECT_THAT(names(), ElementsAre("object-5.124-4-0.new"));
}

TEST_F(Tidy, UsingAnEntryKeepsIt) {
  put("object-1", 10, hours(101));
  folder.touch("object-1");
  tidy(folder, limits);
  EXPECT_THAT(names(), ElementsAre("object-1"));
}

TEST_F(Tidy, TheCacheIsTidiedOnceADay) {
  put("object-1", 10, hours(24 * 61));
  tidy_cache();
  EXPECT_THAT(names(), ElementsAre("tidied"));
  put("object-2", 10, hours(24 * 61));
  tidy_cache();
  EXPECT_THAT(names(), ElementsAre("object-2", "tidied"));
  put("tidied", 1, hours(25));
  tidy_cache();
  EXPECT_THAT(names(), ElementsAre("tidied"));
}

TEST_F(Tidy, NoCacheIsMadeForIt) {
  std::filesystem::remove_all(folder.path());
  tidy_cache();
  EXPECT_FALSE(std::filesystem::exists(folder.path()));
}

}  // namespace
}  // namespace skep
