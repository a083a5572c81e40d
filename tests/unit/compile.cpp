// compile/: from source to object, through the cache. Needs clang; no privileges, no BPF.
#include "compile/compile.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/file.hpp"
#include "unit/btf_builder.hpp"

namespace skep::compile {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Sets a variable of the environment for a scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

constexpr std::string_view small_program = R"(
#define SEC(NAME) __attribute__((section(NAME), used))
SEC("socket") int answer(void *ctx) { return ANSWER; }
char LICENSE[] SEC("license") = "GPL";
)";

// A folder with a cache of its own, gone afterwards.
class CompileTest : public ::testing::Test {
 protected:
  CompileTest() : root_(make_root()), cache_home_("XDG_CACHE_HOME", (root_ / "cache").native()) {}
  ~CompileTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  static fs::path make_root() {
    std::string name = (fs::temp_directory_path() / "skep-compile-test-XXXXXX").native();
    return ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }

  // Files look old, as those that a person wrote do: see hash_of_file().
  fs::path write(const std::string& name, std::string_view text) {
    const auto path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(10));
    return path;
  }

  fs::path program(int answer, const std::string& name = "program.bpf.c") {
    return write(name, fmt::format("#define ANSWER {}{}", answer, small_program));
  }

  std::size_t files_in_cache(std::string_view prefix) {
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root_ / "cache/skep", ignored)) {
      count += entry.path().filename().native().starts_with(prefix) ? 1 : 0;
    }
    return count;
  }

  fs::path root_;
  Variable cache_home_;
};

bool is_bpf_object(const std::vector<std::byte>& bytes) {
  // e_ident and e_machine of an ELF file: EM_BPF is 247.
  return bytes.size() > 20 && bytes[0] == std::byte{0x7f} && bytes[18] == std::byte{247};
}

Compiled compile(const fs::path& source, const CompileOptions& options = {}) {
  auto compiled = compile_bpf(source, options);
  EXPECT_TRUE(compiled) << compiled.error().message() << compiled.error().report();
  if (!compiled) return {};
  EXPECT_TRUE(is_bpf_object(compiled->object));
  return *std::move(compiled);
}

TEST_F(CompileTest, MakesAnObjectAndKeepsIt) {
  const auto source = program(1);
  const auto first = compile(source);
  EXPECT_FALSE(first.from_cache);
  const auto second = compile(source);
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(first.object, second.object);
  EXPECT_EQ(first.diagnostics, "");
  EXPECT_EQ(fs::status(root_ / "cache/skep").permissions(), fs::perms::owner_all);
}

TEST_F(CompileTest, AnotherSourceIsAnotherObject) {
  const auto first = compile(program(1));
  const auto second = compile(program(2));
  EXPECT_FALSE(second.from_cache);
  EXPECT_NE(first.object, second.object);
  EXPECT_TRUE(compile(program(1)).from_cache);
}

TEST_F(CompileTest, OtherFlagsAreAnotherObject) {
  const auto source = write("p.bpf.c", small_program);
  CompileOptions options{.flags = {"-DANSWER=1"}, .kernel_types = {}, .kernel_build_id = {}};
  const auto first = compile(source, options);
  options.flags = {"-DANSWER=2"};
  const auto second = compile(source, options);
  EXPECT_FALSE(second.from_cache);
  EXPECT_NE(first.object, second.object);
  EXPECT_TRUE(compile(source, options).from_cache);
}

TEST_F(CompileTest, AHeaderThatChangedIsReadAgain) {
  const auto source = write("p.bpf.c", "#include \"sub/answer.h\"\n" + std::string(small_program));
  write("sub/answer.h", "#include \"deep header.h\"\n#define ANSWER (DEEP + 1)\n");
  write("sub/deep header.h", "#define DEEP 1\n");
  const auto first = compile(source);
  EXPECT_TRUE(compile(source).from_cache);
  write("sub/deep header.h", "#define DEEP 2\n");
  const auto second = compile(source);
  EXPECT_FALSE(second.from_cache);
  EXPECT_NE(first.object, second.object);
  EXPECT_TRUE(compile(source).from_cache);
}

TEST_F(CompileTest, AHeaderWrittenWhileClangRanIsNotTrusted) {
  const auto source = write("p.bpf.c", "#include \"answer.h\"\n" + std::string(small_program));
  const auto header = write("answer.h", "#define ANSWER 1\n");
  fs::last_write_time(header, fs::file_time_type::clock::now() + std::chrono::hours(1));
  compile(source);
  EXPECT_FALSE(compile(source).from_cache);
  EXPECT_EQ(files_in_cache("object-"), 0U);
}

TEST_F(CompileTest, SaysWhenNotToUseTheCache) {
  const auto source = program(1);
  CompileOptions options;
  options.use_cache = false;
  compile(source, options);
  EXPECT_EQ(files_in_cache("object-"), 0U);
  compile(source);
  EXPECT_FALSE(compile(source, options).from_cache);
}

TEST_F(CompileTest, ADamagedEntryIsMadeAnew) {
  const auto source = program(1);
  const auto first = compile(source);
  for (const auto& entry : fs::directory_iterator(root_ / "cache/skep")) {
    if (!entry.path().filename().native().starts_with("object-")) continue;
    const auto size = entry.file_size();
    for (const auto length : {size - 1, size / 2, std::uintmax_t{20}, std::uintmax_t{0}}) {
      fs::resize_file(entry.path(), length);
      const auto again = compile(source);
      EXPECT_FALSE(again.from_cache) << length;
      EXPECT_EQ(again.object, first.object);
    }
    std::fstream file(entry.path(), std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.put('\x5a');
    file.close();
    EXPECT_FALSE(compile(source).from_cache);
  }
}

TEST_F(CompileTest, PathsMayHoldAnything) {
  const auto folder = std::string("a dir with spaces, $HOME, # and 文件");
  write(folder + "/answer.h", "#define ANSWER 3\n");
  const auto source =
      write(folder + "/my program.bpf.c", "#include <answer.h>\n" + std::string(small_program));
  compile(source);
  EXPECT_TRUE(compile(source).from_cache);
  write(folder + "/answer.h", "#define ANSWER 4\n");
  EXPECT_FALSE(compile(source).from_cache);
}

TEST_F(CompileTest, APathIsNeverAnOption) {
  write("-v.bpf.c", fmt::format("#define ANSWER 1{}", small_program));
  const auto before = fs::current_path();
  fs::current_path(root_);
  compile("-v.bpf.c");
  fs::current_path(before);
}

TEST_F(CompileTest, ErrorsAreClangsOwnWords) {
  const auto source = write("broken.bpf.c", "int answer(void) { return nonsense; }\n");
  const auto failed = compile_bpf(source, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(failed.error().message(), HasSubstr(source.native()));
  EXPECT_THAT(failed.error().report(),
              HasSubstr(source.native() + ":1:27: error: use of undeclared identifier 'nonsense'"));
  EXPECT_THAT(failed.error().report(), HasSubstr("return nonsense;"));
  EXPECT_THAT(failed.error().report(), Not(HasSubstr("\x1b[")));
  EXPECT_EQ(files_in_cache("object-"), 0U);

  CompileOptions options;
  options.colour = true;
  EXPECT_THAT(compile_bpf(source, options).error().report(), HasSubstr("\x1b["));
}

TEST_F(CompileTest, WarningsAreKeptWithTheObject) {
  const auto source = write("p.bpf.c", "int answer(void) { int unused; return 1; }\n");
  EXPECT_THAT(compile(source).diagnostics, HasSubstr("unused variable 'unused'"));
  const auto again = compile(source);
  EXPECT_TRUE(again.from_cache);
  EXPECT_THAT(again.diagnostics, HasSubstr("unused variable 'unused'"));
}

TEST_F(CompileTest, SkepAndLibbpfHeadersAreFound) {
  const auto source = write("p.bpf.c", R"(
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"
struct event { int pid; };
SKEP_STREAM(events, struct event, 4096);
SEC("tp/x/y") int f(void *ctx) { struct event *e = skep_reserve(events); if (e) skep_submit(e); return 0; }
)");
  compile(source);
  EXPECT_TRUE(compile(source).from_cache);
}

TEST_F(CompileTest, ASourceThatIsNotThere) {
  const auto failed = compile_bpf(root_ / "nothing.bpf.c", {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::not_found);
  EXPECT_FALSE(compile_bpf(root_, {}));
}

// vmlinux.h

// struct NAME { int first; }
Btf small_kernel(std::string_view name) {
  test::BtfBuilder types;
  const auto number = types.add_int("int", 4, test::BtfBuilder::signed_);
  types.add_struct(name, 4, {{"first", number, 0}});
  return types.btf();
}

CompileOptions with_types(std::string build_id, std::string_view struct_name, int* calls) {
  return {.flags = {},
          .kernel_types = [struct_name = std::string(struct_name), calls]() -> Result<Btf> {
            ++*calls;
            return small_kernel(struct_name);
          },
          .kernel_build_id = std::move(build_id)};
}

constexpr std::string_view uses_vmlinux =
    "#include \"vmlinux.h\"\nint f(struct task_x *t) { return t->first; }\n";

TEST_F(CompileTest, VmlinuxIsPrintedOnceForEachKernel) {
  const auto source = write("p.bpf.c", uses_vmlinux);
  int calls = 0;
  compile(source, with_types("a1", "task_x", &calls));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(compile(source, with_types("a1", "task_x", &calls)).from_cache);
  const auto other = write("other.bpf.c", uses_vmlinux);
  EXPECT_FALSE(compile(other, with_types("a1", "task_x", &calls)).from_cache);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(compile(source, with_types("b2", "task_x", &calls)).from_cache);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(files_in_cache("vmlinux-"), 2U);
}

TEST_F(CompileTest, AnObjectWithoutVmlinuxServesEveryKernel) {
  const auto source = program(1);
  int calls = 0;
  compile(source, with_types("a1", "task_x", &calls));
  EXPECT_TRUE(compile(source, with_types("b2", "task_x", &calls)).from_cache);
  EXPECT_EQ(calls, 0);
}

TEST_F(CompileTest, TheSourcesOwnVmlinuxComesFirst) {
  const auto source = write("p.bpf.c", uses_vmlinux);
  write("vmlinux.h", "struct task_x { int first; };\n");
  int calls = 0;
  compile(source, with_types("a1", "other", &calls));
  EXPECT_EQ(calls, 0);
}

TEST_F(CompileTest, WithoutKernelTypesClangSaysWhatIsMissing) {
  const auto source = write("p.bpf.c", uses_vmlinux);
  const auto failed = compile_bpf(source, {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().report(), HasSubstr("'vmlinux.h' file not found"));

  const CompileOptions options{
      .flags = {},
      .kernel_types = []() -> Result<Btf> {
        return std::unexpected(Error(ErrorKind::unsupported, "no types here"));
      },
      .kernel_build_id = "a1"};
  const auto refused = compile_bpf(source, options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("vmlinux.h"));
  EXPECT_THAT(refused.error().message(), HasSubstr("no types here"));
}

// The folder

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

// Which clang

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
