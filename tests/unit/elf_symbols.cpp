#include "elf/symbols.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/file.hpp"
#include "elf/nearest.hpp"

// Functions of this program that the tests look for.
extern "C" __attribute__((noinline, used, visibility("default"))) int skep_elf_test_function(
    int value) {
  return value * 3 + 1;
}

namespace skep::elf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* self = "/proc/self/exe";

TEST(ElfSymbols, FindsTheBytesOfAFunction) {
  const auto offset = file_offset_of(self, "skep_elf_test_function");
  ASSERT_TRUE(offset) << offset.error().message();
  const auto file = read_file(self, std::uint64_t{4} << 30).value();
  constexpr std::size_t length = 8;
  const auto bytes = slice(file, *offset, length);
  ASSERT_TRUE(bytes);
  // The code that stands there is the code that runs.
  const auto* code = reinterpret_cast<const void*>(&skep_elf_test_function);
  EXPECT_EQ(std::memcmp(bytes->data(), code, length), 0);
}

// The default version, not the old one that the dynamic linker keeps for old programs.
TEST(ElfSymbols, FindsWhatTheDynamicLinkerFinds) {
  Dl_info info{};
  void* address = ::dlsym(RTLD_DEFAULT, "pthread_cond_signal");
  ASSERT_NE(address, nullptr);
  ASSERT_NE(::dladdr(address, &info), 0);
  const auto offset = file_offset_of(info.dli_fname, "pthread_cond_signal");
  ASSERT_TRUE(offset) << offset.error().message();
  const auto file = read_file(info.dli_fname, 1 << 28).value();
  EXPECT_EQ(std::memcmp(file.data() + *offset, address, 16), 0);
}

TEST(ElfSymbols, HintsAtTheNearestNames) {
  const auto wrong = file_offset_of(self, "skep_elf_test_funtcion");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind(), ErrorKind::not_found);
  EXPECT_EQ(wrong.error().message(), "/proc/self/exe: no function 'skep_elf_test_funtcion'");
  ASSERT_EQ(wrong.error().hints().size(), 1U);
  EXPECT_EQ(wrong.error().hints()[0], "It has: skep_elf_test_function.");
  const auto prefix = file_offset_of(self, "skep_elf_test");
  EXPECT_THAT(prefix.error().hints(), ElementsAre(HasSubstr("skep_elf_test_function")));
  const auto none = file_offset_of(self, "zqxjkv_zqxjkv_zqxjkv");
  EXPECT_THAT(none.error().hints(), IsEmpty());
}

TEST(ElfSymbols, SaysWhatAFileIsNot) {
  EXPECT_EQ(file_offset_of("/no/such/file", "main").error().kind(), ErrorKind::not_found);
  const auto object = file_offset_of(SKEP_TEST_OBJECTS "/parse_sample.bpf.o", "on_exec");
  EXPECT_EQ(object.error().kind(), ErrorKind::bad_input);
  EXPECT_THAT(object.error().message(), HasSubstr("neither an executable nor a shared library"));
  EXPECT_THAT(file_offset_of("/etc/passwd", "root").error().message(), HasSubstr("no ELF file"));
  EXPECT_THAT(file_offset_of("/dev/null", "x").error().message(), HasSubstr("no ELF file"));
  EXPECT_THAT(file_offset_of("/", "x").error().message(), HasSubstr("no ELF file"));
}

TEST(ElfNearest, CountsChanges) {
  EXPECT_EQ(distance("readline", "readline", 2), 0U);
  EXPECT_EQ(distance("readline", "raedline", 2), 1U);
  EXPECT_EQ(distance("readline", "redline", 2), 1U);
  EXPECT_EQ(distance("readline", "readlines", 2), 1U);
  EXPECT_EQ(distance("readline", "roadlike", 2), 2U);
  EXPECT_EQ(distance("readline", "writeline", 2), 3U);
  EXPECT_EQ(distance("", "ab", 2), 2U);
  EXPECT_EQ(distance(std::string(1000, 'a'), std::string(1000, 'a'), 2), 3U);
}

TEST(ElfNearest, KeepsTheFiveBest) {
  Nearest nearest("malloc");
  for (const auto* name : {"malloc_stats", "free", "maloc", "malloc_trim", "mallocx", "calloc",
                           "valloc", "malloc_usable", "maloc", "xmalloc", "my_malloc_hook"}) {
    nearest.offer(name);
  }
  EXPECT_THAT(nearest.names(), ElementsAre("calloc", "mallocx", "maloc", "valloc", "xmalloc"));
}

}  // namespace
}  // namespace skep::elf
