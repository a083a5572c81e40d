// compile/: which clang is taken.
#include "unit/compile_fixture.hpp"

namespace skep::compile {
namespace {

using ::testing::HasSubstr;

TEST_F(CompileTest, TheNewestClangIsTaken) {
  for (const auto* name :
       {"one/clang", "one/clang-9", "one/clang-18", "two/clang-120", "two/clang-x", "two/clang-200",
        "two/clang-cpp-300", "relative/clang-500"}) {
    write(name, "#!/bin/sh\n");
    fs::permissions(root_ / name, fs::perms::owner_all);
  }
  fs::permissions(root_ / "two/clang-200", fs::perms::owner_read);  // not executable
  fs::create_directories(root_ / "two/clang-400");
  const Variable path("PATH", fmt::format("relative::{0}/none:{0}/one:{0}/two", root_.native()));
  const auto before = fs::current_path();
  fs::current_path(root_);  // where a hostile "relative/clang-500" lies
  const auto clang = find_clang();
  fs::current_path(before);
  ASSERT_TRUE(clang);
  EXPECT_EQ(clang->path, root_ / "two/clang-120");
  EXPECT_EQ(clang->major, 120);
}

TEST_F(CompileTest, AClangWithoutANumberIsAsked) {
  write("bin/clang", "#!/bin/sh\necho 'Debian clang version 14.0.6'\n");
  fs::permissions(root_ / "bin/clang", fs::perms::owner_all);
  const Variable path("PATH", (root_ / "bin").native());
  const auto clang = find_clang();
  ASSERT_TRUE(clang);
  EXPECT_EQ(clang->major, 14);
}

TEST_F(CompileTest, WithoutClangItSaysWhatToInstall) {
  const auto source = program(1);
  const Variable path("PATH", (root_ / "none").native());
  const auto found = find_clang();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::not_found);
  ASSERT_EQ(found.error().hints().size(), 1U);
  EXPECT_THAT(found.error().hints()[0], HasSubstr("clang-19"));
  EXPECT_EQ(compile_bpf(source, {}).error().kind(), ErrorKind::not_found);
}

TEST_F(CompileTest, AClangThatCrashesIsNamed) {
  write("bin/clang-99", "#!/bin/sh\necho some words >&2\nkill -SEGV $$\n");
  fs::permissions(root_ / "bin/clang-99", fs::perms::owner_all);
  const Variable path("PATH", (root_ / "bin").native());
  const auto failed = compile_bpf(program(1), {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("clang-99 was ended by signal 11"));
  EXPECT_EQ(failed.error().report(), "some words\n");
}

}  // namespace
}  // namespace skep::compile
