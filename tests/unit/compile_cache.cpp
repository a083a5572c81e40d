// compile/: the cache's folder: whose it is, and what happens when it cannot be used.
#include "unit/compile_fixture.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

namespace skep::compile {
namespace {

using ::testing::HasSubstr;

TEST_F(CompileTest, ACacheThatOthersMayWriteToIsRefused) {
  fs::create_directories(root_ / "cache/skep");
  fs::permissions(root_ / "cache/skep", fs::perms::all);
  const auto refused = cache_directory();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::permission);
  EXPECT_THAT(refused.error().message(), HasSubstr("0777"));

  const auto compiled = compile(program(1));
  EXPECT_THAT(compiled.diagnostics, HasSubstr("skep: warning: compiling without the cache"));
  EXPECT_FALSE(compile(program(1)).from_cache);
  EXPECT_TRUE(fs::is_empty(root_ / "cache/skep"));
}

TEST_F(CompileTest, ALinkIsRefused) {
  fs::create_directories(root_ / "cache");
  fs::create_directories(root_ / "elsewhere");
  fs::create_directory_symlink(root_ / "elsewhere", root_ / "cache/skep");
  const auto refused = cache_directory();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("symbolic link"));
  EXPECT_THAT(compile(program(1)).diagnostics, HasSubstr("without the cache"));
  EXPECT_TRUE(fs::is_empty(root_ / "elsewhere"));
}

TEST_F(CompileTest, AnEntryThatIsALinkIsNotFollowed) {
  const auto source = program(1);
  compile(source);
  for (const auto& entry : fs::directory_iterator(root_ / "cache/skep")) {
    if (!entry.path().filename().native().starts_with("object-")) continue;
    fs::rename(entry.path(), root_ / "moved");
    fs::create_symlink(root_ / "moved", entry.path());
    break;
  }
  EXPECT_FALSE(compile(source).from_cache);
  EXPECT_TRUE(compile(source).from_cache);  // the link was replaced, not written through
}

TEST_F(CompileTest, AFolderThatSomebodyElseCouldExchangeIsRefused) {
  fs::create_directories(root_ / "cache");
  fs::permissions(root_ / "cache", fs::perms::all);
  EXPECT_THAT(cache_directory().error().message(), HasSubstr("others may write to"));
  fs::permissions(root_ / "cache", fs::perms::owner_all);
  EXPECT_TRUE(cache_directory());
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  ASSERT_EQ(::chown((root_ / "cache/skep").c_str(), 12345, 12345), 0);
  EXPECT_THAT(cache_directory().error().message(), HasSubstr("uid 12345"));
  ASSERT_EQ(::chown((root_ / "cache/skep").c_str(), 0, 0), 0);
  ASSERT_EQ(::chown((root_ / "cache").c_str(), 12345, 12345), 0);
  EXPECT_THAT(cache_directory().error().message(), HasSubstr("uid 12345"));
}

TEST_F(CompileTest, WithoutXdgTheCacheIsBelowHome) {
  const Variable home("HOME", root_.native());
  const Variable relative("XDG_CACHE_HOME", "not/absolute");  // to be ignored, says XDG
  const auto path = cache_directory();
  ASSERT_TRUE(path) << path.error().message();
  EXPECT_EQ(*path, fs::canonical(root_) / ".cache/skep");
}

// Runs in a process of its own, since the mount is that process's alone. 77: no right to mount.
int compile_on_a_full_disk(const fs::path& cache, const fs::path& source, const fs::path& uses) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", cache.c_str(), "tmpfs", 0, "size=128k,mode=0700") != 0) {
    return 77;
  }
  compile(source);
  const auto fill = [&](std::string_view name) {
    std::ofstream file(cache / name, std::ios::binary);
    for (int i = 0; i < 256 && file; ++i) file << std::string(1024, 'x') << std::flush;
  };
  fill("fill");
  int calls = 0;
  const auto full = compile(uses, {.flags = {},
                                   .kernel_types = [&calls]() -> Result<Btf> {
                                     ++calls;
                                     return small_kernel("task_x");
                                   },
                                   .kernel_build_id = "a1"});
  EXPECT_THAT(full.diagnostics, HasSubstr("skep: warning: compiling without the cache: write "));
  EXPECT_THAT(full.diagnostics, HasSubstr("(ENOSPC)"));
  EXPECT_EQ(calls, 1);
  fs::remove_all(cache / "skep");  // so that not even our headers fit
  fill("more");
  const auto fuller = compile(source);
  EXPECT_THAT(fuller.diagnostics, HasSubstr("(ENOSPC)"));
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    EXPECT_FALSE(entry.path().native().ends_with(".new")) << entry.path();
  }
  return ::testing::Test::HasFailure() ? 1 : 0;
}

TEST_F(CompileTest, AFullDiskCostsOnlyTime) {
  fs::create_directories(root_ / "cache");
  const auto source = program(1);
  const auto uses = write("uses.bpf.c", uses_vmlinux);
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    const int result = compile_on_a_full_disk(root_ / "cache", source, uses);
    std::fflush(stdout);
    ::_exit(result);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no right to mount a small disk";
  EXPECT_EQ(status, 0);
}

TEST_F(CompileTest, ACacheThatCannotBeMadeCostsOnlyTime) {
  const Variable elsewhere("XDG_CACHE_HOME", "/proc/skep-cannot-be-made");
  const auto compiled = compile(program(2));
  EXPECT_THAT(compiled.diagnostics, HasSubstr("skep: warning: compiling without the cache"));
}

TEST_F(CompileTest, NothingIsLeftInTheTemporaryFolder) {
  fs::create_directories(root_ / "tmp");
  const Variable temporary("TMPDIR", (root_ / "tmp").native());
  compile(program(1));
  const Variable elsewhere("XDG_CACHE_HOME", "/proc/skep-cannot-be-made");
  compile(program(2));
  EXPECT_TRUE(fs::is_empty(root_ / "tmp"));
}

TEST_F(CompileTest, ManyAtOnce) {
  const auto source = program(1);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  const auto expected = compile(program(1, "reference.bpf.c")).object.size();
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto compiled = compile_bpf(source, {});
      if (compiled && is_bpf_object(compiled->object) && compiled->diagnostics.empty()) ++good;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_GT(expected, 0U);
  EXPECT_TRUE(compile(source).from_cache);
  for (const auto& entry : fs::directory_iterator(root_ / "cache/skep")) {
    EXPECT_FALSE(entry.path().native().ends_with(".new")) << entry.path();
  }
}

}  // namespace
}  // namespace skep::compile
