// kernel/: the index of the kernel's types in the cache: made once, believed only when it is right.
#include "kernel/types_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/file.hpp"
#include "btf/index.hpp"
#include "kernel/host.hpp"
#include "unit/btf_builder.hpp"
#include "unit/cache_fixture.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep::test {
namespace {

namespace fs = std::filesystem;

// Large enough for an index; `name` is a struct in it.
std::vector<std::byte> large_kernel(std::string_view name) {
  BtfBuilder b;
  const auto number = b.add_int("int", 4, BtfBuilder::signed_);
  for (int i = 0; i < 30000; ++i) b.add_ptr(number);
  b.add_struct(name, 4, {{"x", number}});
  return b.build();
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr const char* boots[] = {"d8a7b5ae-6d3c-4a0f-9a55-0c1f1f6c2f10\n",
                                 "0b9e7a52-33d1-4a53-8f0e-7d2f5c1f9e01\n"};

class TypesIndexTest : public CacheTest {
 protected:
  // The kernel of one run of the machine.
  static Btf read(const std::vector<std::byte>& types, const std::string& boot = boots[0]) {
    FakeSyscalls sys;
    sys.files["/sys/kernel/btf/vmlinux"] = text_of(types);
    sys.files["/proc/sys/kernel/random/boot_id"] = boot;
    auto read = kernel::read_kernel_types(sys);
    EXPECT_TRUE(read);
    return read ? *std::move(read) : Btf();
  }

  fs::path index_file() {
    for (const auto& entry : fs::directory_iterator(root_ / "cache/skep")) {
      if (entry.path().filename().native().starts_with("types-")) return entry.path();
    }
    return {};
  }
};

bool has(const Btf& types, std::string_view name) {
  return types.find(name, btf::Kind::struct_).has_value();
}

ino_t inode_of(const fs::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

TEST_F(TypesIndexTest, IsMadeOnceAndKept) {
  const auto types = large_kernel("task");
  const Btf first = read(types);
  EXPECT_NE(btf::index_of(first), nullptr);
  EXPECT_TRUE(has(first, "task"));
  const auto file = index_file();
  struct stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const Btf second = read(types);
  EXPECT_NE(btf::index_of(second), nullptr);
  EXPECT_TRUE(has(second, "task"));
  EXPECT_EQ(inode_of(index_file()), info.st_ino);  // found, not made anew
  EXPECT_EQ(files_in_cache("types-"), 1U);
}

TEST_F(TypesIndexTest, AnotherBootHasItsOwn) {
  const Btf one = read(large_kernel("task"));
  const Btf other = read(large_kernel("file"), boots[1]);
  EXPECT_TRUE(has(one, "task"));
  EXPECT_TRUE(has(other, "file"));
  EXPECT_FALSE(has(other, "task"));
  EXPECT_EQ(files_in_cache("types-"), 2U);
}

// Whatever lies in its place, then: an id that is none, a file that is mounted over the kernel's.
TEST_F(TypesIndexTest, TheSameBootWithOtherTypesIsMadeAnew) {
  read(large_kernel("task"));
  const auto before = inode_of(index_file());
  const Btf other = read(large_kernel("file"));
  EXPECT_TRUE(has(other, "file"));
  EXPECT_NE(inode_of(index_file()), before);
  EXPECT_EQ(files_in_cache("types-"), 1U);
}

TEST_F(TypesIndexTest, WithoutTheIdOfTheBootItWorksWithout) {
  FakeSyscalls sys;
  sys.files["/sys/kernel/btf/vmlinux"] = text_of(large_kernel("task"));
  const auto types = kernel::read_kernel_types(sys);
  ASSERT_TRUE(types);
  EXPECT_TRUE(has(*types, "task"));
  EXPECT_EQ(btf::index_of(*types), nullptr);
  EXPECT_EQ(files_in_cache("types-"), 0U);
}

TEST_F(TypesIndexTest, ADamagedOneIsMadeAnew) {
  const auto types = large_kernel("task");
  read(types);
  const auto whole = read_file(index_file(), 1 << 20).value();
  for (const std::size_t at : {0, 9, 40}) {
    auto damaged = whole;
    damaged[at] ^= std::byte{4};
    std::ofstream(index_file(), std::ios::binary) << text_of(damaged);
    EXPECT_TRUE(has(read(types), "task"));
    EXPECT_EQ(read_file(index_file(), 1 << 20).value(), whole);
  }
  fs::resize_file(index_file(), 100);
  EXPECT_TRUE(has(read(types), "task"));
  EXPECT_EQ(read_file(index_file(), 1 << 20).value(), whole);
  fs::resize_file(index_file(), 0);
  EXPECT_TRUE(has(read(types), "task"));
  EXPECT_EQ(read_file(index_file(), 1 << 20).value(), whole);
}

TEST_F(TypesIndexTest, OneThatOthersMayWriteToIsMadeAnew) {
  const auto types = large_kernel("task");
  read(types);
  fs::permissions(index_file(), fs::perms::others_write, fs::perm_options::add);
  const auto before = inode_of(index_file());
  EXPECT_TRUE(has(read(types), "task"));
  EXPECT_NE(inode_of(index_file()), before);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(index_file().c_str(), 12345, 12345), 0);
  const auto foreign = inode_of(index_file());
  EXPECT_TRUE(has(read(types), "task"));
  EXPECT_NE(inode_of(index_file()), foreign);
}

TEST_F(TypesIndexTest, ALinkIsNotFollowed) {
  const auto types = large_kernel("task");
  read(types);
  const auto file = index_file();
  fs::rename(file, root_ / "moved");
  fs::create_symlink(root_ / "moved", file);
  EXPECT_NE(btf::index_of(read(types)), nullptr);
  EXPECT_FALSE(fs::is_symlink(index_file()));
}

TEST_F(TypesIndexTest, WithoutACacheItWorksWithout) {
  const auto types = large_kernel("task");
  fs::create_directories(root_ / "cache/skep");
  fs::permissions(root_ / "cache/skep", fs::perms::all);
  const Btf read_types = read(types);
  EXPECT_TRUE(has(read_types, "task"));
  EXPECT_EQ(btf::index_of(read_types), nullptr);
  EXPECT_TRUE(fs::is_empty(root_ / "cache/skep"));
}

TEST_F(TypesIndexTest, AFileInTheCachesPlaceIsNoObstacle) {
  std::ofstream(root_ / "cache") << "no folder";
  EXPECT_TRUE(has(read(large_kernel("task")), "task"));
}

TEST_F(TypesIndexTest, FewTypesNeedNone) {
  BtfBuilder b;
  b.add_struct("task", 4, {{"x", b.add_int("int", 4)}});
  EXPECT_TRUE(has(read(b.build()), "task"));
  EXPECT_FALSE(fs::exists(root_ / "cache"));
}

TEST_F(TypesIndexTest, MalformedTypesAreRefusedAsEver) {
  auto types = large_kernel("task");
  types[24 + 16 + 7] = std::byte{0x1f};  // the second type's kind
  FakeSyscalls sys;
  sys.files["/sys/kernel/btf/vmlinux"] = text_of(types);
  sys.files["/proc/sys/kernel/random/boot_id"] = boots[0];
  EXPECT_EQ(kernel::read_kernel_types(sys).error().kind(), ErrorKind::bad_input);
  EXPECT_EQ(files_in_cache("types-"), 0U);
}

}  // namespace
}  // namespace skep::test
