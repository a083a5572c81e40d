// Functions of real binaries, compiled here: as a compiler, a linker and strip leave them.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.hpp"
#include "elf/demangle.hpp"
#include "elf/library_cache.hpp"
#include "elf/symbols.hpp"

namespace skep::elf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const Error& error) {
  std::string out = error.message();
  for (const auto& hint : error.hints()) out += " | " + hint;
  return out;
}

// A folder for binaries that are made on the spot.
class UserBinaries : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "skep-elf-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
  void run(const std::string& command) const {
    const auto line = "cd " + folder.string() + " && " + command;
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }
  [[nodiscard]] Result<std::uint64_t> find(const std::string& file, std::string_view name) const {
    return file_offset_of(folder / file, name, folder / "debug");
  }
  [[nodiscard]] std::vector<std::string> find_all(const std::string& file,
                                                  std::string_view name) const {
    std::vector<std::string> out;
    const auto found = find_functions(folder / file, name, folder / "debug");
    if (!found) return {"error: " + text_of(found.error())};
    for (const auto& place : *found) out.push_back(place.name);
    std::ranges::sort(out);
    return out;
  }
  // The code at that offset begins with the value that the function returns: mov $VALUE, %eax.
  void expect_returns(const std::string& file, std::string_view name, std::uint32_t value) const {
    const auto offset = find(file, name);
    ASSERT_TRUE(offset) << text_of(offset.error());
    const auto bytes = read_file(folder / file, 1 << 28).value();
    ASSERT_LT(*offset + 64, bytes.size());
    const void* at = ::memmem(bytes.data() + *offset, 16, &value, sizeof value);
    EXPECT_NE(at, nullptr) << name << " at " << *offset;
  }

  std::filesystem::path folder;
};

constexpr const char* two_functions =
    "int first_one(void) { return 0x11223344; }\n"
    "static int __attribute__((used, noinline)) hidden_one(void) { return 0x55667788; }\n"
    "int main(void) { return 0; }\n";

TEST_F(UserBinaries, AreFoundInEveryKindOfFile) {
  write("a.c", two_functions);
  run("gcc -O1 -o pie -fPIE -pie a.c && gcc -O1 -o plain -no-pie a.c && gcc -O1 -static -o static "
      "a.c"
      " && gcc -O1 -shared -fPIC -o lib.so a.c && gcc -O1 -Wl,-z,separate-code -o separate a.c"
      " && gcc -O1 -Wl,-z,noseparate-code -o together a.c");
  for (const auto* file : {"pie", "plain", "static", "lib.so", "separate", "together"}) {
    SCOPED_TRACE(file);
    expect_returns(file, "first_one", 0x11223344);
    expect_returns(file, "hidden_one", 0x55667788);
  }
}

TEST_F(UserBinaries, HaveTheirSymbolsInAFileOfTheirBuildId) {
  write("a.c", two_functions);
  run("gcc -O1 -o a -Wl,--build-id=0x0123456789abcdef a.c && mkdir -p debug/.build-id/01"
      " && objcopy --only-keep-debug a debug/.build-id/01/23456789abcdef.debug && strip a");
  expect_returns("a", "hidden_one", 0x55667788);
  // The file of another build has the name, but not the id.
  run("gcc -O2 -o other -Wl,--build-id=0x0123456789abcdee a.c"
      " && objcopy --only-keep-debug other debug/.build-id/01/23456789abcdef.debug");
  const auto offset = find("a", "hidden_one");
  ASSERT_FALSE(offset);
  EXPECT_THAT(text_of(offset.error()), HasSubstr("It is stripped"));
}

TEST_F(UserBinaries, HaveTheirSymbolsInALinkedFile) {
  write("a.c", two_functions);
  run("gcc -O1 -o a -Wl,--build-id=none a.c && objcopy --only-keep-debug a a.debug && strip a"
      " && objcopy --add-gnu-debuglink=a.debug a");
  expect_returns("a", "hidden_one", 0x55667788);
  run("mkdir .debug && mv a.debug .debug");
  expect_returns("a", "hidden_one", 0x55667788);
  run("mkdir -p debug$PWD && mv .debug/a.debug debug$PWD");
  expect_returns("a", "hidden_one", 0x55667788);
  run("echo >> debug$PWD/a.debug");  // the checksum is another one
  EXPECT_FALSE(find("a", "hidden_one"));
}

TEST_F(UserBinaries, HaveTheirSymbolsPacked) {
  write("a.c", two_functions);
  run("gcc -O1 -o a a.c && objcopy -S --remove-section .gnu_debuglink --keep-symbol hidden_one a "
      "mini"
      " && xz -k mini && strip a && objcopy --add-section .gnu_debugdata=mini.xz a");
  expect_returns("a", "hidden_one", 0x55667788);
  // Cut short, and no xz at all.
  run("head -c 100 mini.xz > cut && objcopy --update-section .gnu_debugdata=cut a");
  EXPECT_FALSE(find("a", "hidden_one"));
  run("head -c 3000 /dev/zero > none && objcopy --update-section .gnu_debugdata=none a");
  EXPECT_FALSE(find("a", "hidden_one"));
}

TEST_F(UserBinaries, HaveVersions) {
  write("v.c",
        "int old_one(void) { return 0x11111111; }\n"
        "int new_one(void) { return 0x22222222; }\n"
        "__asm__(\".symver old_one,call@V1\");\n"
        "__asm__(\".symver new_one,call@@V2\");\n");
  write("v.map", "V1 { global: call; local: *; };\nV2 { } V1;\n");
  run("gcc -O1 -shared -fPIC -o v.so v.c -Wl,--version-script=v.map && cp v.so s.so && strip s.so");
  for (const auto* file : {"v.so", "s.so"}) {
    SCOPED_TRACE(file);
    expect_returns(file, "call", 0x22222222);
    expect_returns(file, "call@V1", 0x11111111);
    expect_returns(file, "call@V2", 0x22222222);
    expect_returns(file, "call@@V2", 0x22222222);
    EXPECT_FALSE(find(file, "call@@V1")) << "it is not the default one";
    EXPECT_FALSE(find(file, "call@V3"));
  }
}

constexpr const char* cpp =
    "namespace net { int send(int) { return 0x11111111; }\n"
    "int send(char*) { return 0x22222222; }\n"
    "struct S { int go() const; static int operator_(int); };\n"
    "int S::go() const { return 0x33333333; }\n"
    "template <typename T> __attribute__((used)) T twice(T) { return 0x44444444; }\n"
    "template int twice<int>(int); }\n"
    "int plain(long) { return 0x55555555; } int main() {}\n";

TEST_F(UserBinaries, HaveNamesOfCpp) {
  write("c.cpp", cpp);
  run("g++ -O1 -o c c.cpp");
  expect_returns("c", "net::send(int)", 0x11111111);
  expect_returns("c", "net::send(char*)", 0x22222222);
  expect_returns("c", "_ZN3net4sendEi", 0x11111111);
  expect_returns("c", "net::S::go", 0x33333333);
  expect_returns("c", "net::S::go() const", 0x33333333);
  expect_returns("c", "net::twice<int>", 0x44444444);
  expect_returns("c", "plain", 0x55555555);
  const auto both = find("c", "net::send");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(text_of(both.error()), HasSubstr("2 functions are called 'net::send'"));
  EXPECT_THAT(text_of(both.error()), HasSubstr("net::send(char*)"));
  EXPECT_THAT(find_all("c", "net::send"), ElementsAre("_ZN3net4sendEPc", "_ZN3net4sendEi"));
  EXPECT_THAT(find_all("c", "net::*"), testing::SizeIs(4));
  EXPECT_THAT(text_of(find("c", "net::sent").error()), HasSubstr("It has: net::send"));
}

TEST_F(UserBinaries, ArePatterns) {
  write("p.c",
        "int go_a(void) { return 1; } int go_b(void) { return 2; } int stay(void) { return 3; }\n"
        "extern int go_c(void) __attribute__((alias(\"go_b\"))); int main(void) { return 0; }\n");
  run("gcc -O1 -o p p.c");
  EXPECT_THAT(find_all("p", "go_?"), testing::SizeIs(2)) << "an alias is the same place";
  EXPECT_THAT(find_all("p", "go_[a]"), ElementsAre("go_a"));
  EXPECT_THAT(find_all("p", "go_a"), ElementsAre("go_a"));
  EXPECT_THAT(find_all("p", "no*such"), ElementsAre(HasSubstr("no function matches 'no*such'")));
}

// What this machine's dynamic linker has picked; in a foreign file it is not known.
TEST_F(UserBinaries, OfAnIndirectFunctionThePickedOneIsFound) {
  Dl_info info{};
  void* libc = ::dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);  // not the sanitizer's own strlen
  ASSERT_NE(libc, nullptr);
  void* picked = ::dlsym(libc, "strlen");
  ASSERT_NE(::dladdr(picked, &info), 0);
  const auto offset = file_offset_of(info.dli_fname, "strlen");
  ASSERT_TRUE(offset) << text_of(offset.error());
  const auto file = read_file(info.dli_fname, 1 << 28).value();
  EXPECT_EQ(std::memcmp(file.data() + *offset, picked, 16), 0);
  ::dlclose(libc);

  write("i.c",
        "static int __attribute__((used)) choice_fast(void) { return 1; }\n"
        "static void* pick(void) { return choice_fast; }\n"
        "int choice(void) __attribute__((ifunc(\"pick\"))); int main(void) { return choice(); }\n");
  run("gcc -O1 -o i i.c");
  const auto foreign = find("i", "choice");
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(text_of(foreign.error()), HasSubstr("perhaps choice_fast"));
}

TEST(Demangle, TakesParametersOff) {
  EXPECT_EQ(demangle("_ZN3net4sendEi").value(), "net::send(int)");
  EXPECT_FALSE(demangle("send"));
  EXPECT_FALSE(demangle("_Zzzz"));
  EXPECT_FALSE(demangle("_Z" + std::string(100000, 'P')));
  EXPECT_EQ(without_parameters("net::send(int (*)(char)) const [clone .cold]"), "net::send");
  EXPECT_EQ(without_parameters("(anonymous namespace)::f()"), "(anonymous namespace)::f");
  EXPECT_EQ(without_parameters("S::operator()(int)"), "S::operator()");
  EXPECT_EQ(without_parameters("net::send"), "net::send");
  EXPECT_EQ(without_parameters(")"), ")");
  EXPECT_TRUE(is_named("void f<int>(int)", "f<int>"));
  EXPECT_FALSE(is_named("void f(int)", ""));
  EXPECT_FALSE(is_named("a::f(int)", "f"));
  EXPECT_EQ(only_name("std::pair<int, a<b> > net::f<int, c>(int)"), "net::f<int, c>");
  EXPECT_EQ(only_name("f()"), "f");
}

TEST(LibraryCache, KnowsShortNames) {
  EXPECT_TRUE(is_library("libssl.so.3", "libssl.so.3"));
  EXPECT_TRUE(is_library("libssl.so.3", "libssl"));
  EXPECT_TRUE(is_library("libssl.so.3", "ssl"));
  EXPECT_TRUE(is_library("ld-linux.so.2", "ld-linux"));
  EXPECT_FALSE(is_library("libssl.so.3", "libssl.so"));
  EXPECT_FALSE(is_library("libssl.so.3", "libss"));
  EXPECT_FALSE(is_library("libssl.some", "ssl"));
  EXPECT_FALSE(is_library("libssl.so.3", ""));
  EXPECT_FALSE(is_library("", "ssl"));
}

TEST(LibraryCache, OfThisMachineIsRead) {
  const auto bytes = read_file("/etc/ld.so.cache", 64 << 20);
  if (!bytes) GTEST_SKIP() << "no /etc/ld.so.cache";
  const auto libraries = parse_library_cache(*bytes);
  ASSERT_TRUE(libraries) << libraries.error().message();
  const auto libc = std::ranges::find(*libraries, "libc.so.6", &CachedLibrary::name);
  ASSERT_NE(libc, libraries->end());
  EXPECT_TRUE(std::filesystem::exists(libc->path));
  for (std::size_t size = 0; size < std::min<std::size_t>(bytes->size(), 4000); ++size) {
    EXPECT_FALSE(parse_library_cache(Bytes(*bytes).first(size))) << size;
  }
}

TEST(LibraryCache, MayHaveTheOldFormatBefore) {
  const auto bytes = read_file("/etc/ld.so.cache", 64 << 20);
  if (!bytes) GTEST_SKIP() << "no /etc/ld.so.cache";
  std::vector<std::byte> both;
  const auto text = std::as_bytes(std::span("ld.so-1.7.0", 12));
  both.insert(both.end(), text.begin(), text.end());
  append_bytes(both, std::uint32_t{3});
  both.resize(16 + 3 * 12 + 4);
  both.insert(both.end(), bytes->begin(), bytes->end());
  const auto libraries = parse_library_cache(both);
  ASSERT_TRUE(libraries) << libraries.error().message();
  EXPECT_EQ(libraries->size(), parse_library_cache(*bytes)->size());
  EXPECT_EQ(parse_library_cache({}).error().kind(), ErrorKind::bad_input);
}

}  // namespace
}  // namespace skep::elf
