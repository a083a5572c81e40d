// compile/: from source to object, through the cache. Needs clang; no privileges, no BPF.
#include "unit/compile_fixture.hpp"

namespace skep::compile {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

}  // namespace
}  // namespace skep::compile
