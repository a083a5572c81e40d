// Uprobes of every kind fire for real, in the right process and the right copy of a library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include <filesystem>

#include "elf/symbols.hpp"
#include "kernel/user_support.hpp"

namespace skep {
namespace {

using test::Child;
using test::error_of;
using test::Fixture;
using test::Library;
using test::library;
using testing::HasSubstr;

class UserProbes : public testing::Test {
 protected:
  void call() const {
    for (int i = 0; i < 100; ++i) {
      one(10);
      two(20);
    }
  }
  Library probes;
  long (*one)(long) = probes.function<long(long)>("skep_many_one");
  long (*two)(long) = probes.function<long(long)>("skep_many_two");
};

TEST_F(UserProbes, AreHungOnManyPlacesByOneLink) {
  const Fixture object("hook_uprobes");
  const UprobeMulti hook{.binary = library, .places = {{.symbol = "skep_many_*", .cookie = 5}}};
  auto link = object.attach("on_multi", hook);
  ASSERT_TRUE(link) << error_of(link);
  EXPECT_EQ(describe(link->hook()),
            test::described(fmt::format("uprobe.multi {}:skep_many_*", library)));
  const auto id = kernel::link_info(kernel::real_syscalls(), link->fd()).value().id;
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_count"), 200U);
  EXPECT_EQ(object.value<long>("multi_sum"), 3000);
  EXPECT_EQ(object.value<std::uint64_t>("multi_cookies"), 1000U);
  link->detach();
  EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_count"), 200U);
}

TEST_F(UserProbes, HaveACookieEach) {
  const Fixture object("hook_uprobes");
  const auto offset = elf::file_offset_of(library, "skep_many_two").value();
  const UprobeMulti hook{
      .binary = library,
      .places = {{.symbol = "skep_many_one", .cookie = 1}, {.offset = offset, .cookie = 1000}}};
  const auto link = object.attach("on_multi", hook);
  ASSERT_TRUE(link) << error_of(link);
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_cookies"), 100100U);
}

TEST_F(UserProbes, FireOnceWherePatternsOverlap) {
  const Fixture object("hook_uprobes");
  const UprobeMulti hook{.binary = library,
                         .places = {{.symbol = "skep_many_o*", .cookie = 1},
                                    {.symbol = "skep_many_*", .cookie = 1000}},
                         .pid = 0};
  const auto link = object.attach("on_multi", hook);
  ASSERT_TRUE(link) << error_of(link);
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_count"), 200U);
  EXPECT_EQ(object.value<std::uint64_t>("multi_cookies"), 100100U);
}

TEST_F(UserProbes, SeeWhatFunctionsReturn) {
  const Fixture object("hook_uprobes");
  const UprobeMulti hook{
      .binary = library, .places = {{.symbol = "skep_many_[ot]*"}}, .at_return = true};
  const auto link = object.attach("on_return", hook);
  ASSERT_TRUE(link) << error_of(link);
  call();
  EXPECT_EQ(object.value<std::uint64_t>("return_count"), 200U);
  EXPECT_EQ(object.value<long>("return_sum"), 1100 + 2200);
}

// As on kernels that have no such link, and for programs that were not loaded for one.
TEST_F(UserProbes, AreHungOneByOne) {
  const Fixture object("hook_uprobes");
  const UprobeMulti hook{.binary = library, .places = {{.symbol = "skep_many_*", .cookie = 5}}};
  auto link = object.attach("on_single", hook);
  ASSERT_TRUE(link) << error_of(link);
  EXPECT_THAT(describe(link->hook()), HasSubstr(", one by one"));
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_count"), 200U);
  EXPECT_EQ(object.value<std::uint64_t>("multi_cookies"), 1000U);
  link->detach();
  // A uprobe's pattern is the same.
  link = object.attach("on_single", Uprobe{.binary = library, .symbol = "skep_many_*"});
  ASSERT_TRUE(link) << error_of(link);
  call();
  EXPECT_EQ(object.value<std::uint64_t>("multi_count"), 400U);
}

TEST_F(UserProbes, SeeAFunctionsEntryAndReturn) {
  auto spec = test::spec_of("hook_uprobes");
  ASSERT_TRUE(spec.set("thread", test::thread_id()));
  auto& program = *spec.find_program("on_session");
  program.autoload = true;
  program.section = "uprobe.session";
  program.attach_type = 57;
  program.attach_to = std::string(library) + ":skep_many_one";
  const auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  const auto link = (**loaded->program("on_session")).attach();
  utsname name{};
  ::uname(&name);
  const std::string_view release = name.release;
  if (release.starts_with("6.1.") || release.starts_with("6.12.")) {  // tests/vm
    EXPECT_THAT(error_of(link), HasSubstr("uprobe.session needs kernel 6.13"));
    return;
  }
  ASSERT_TRUE(link) << error_of(link);
  EXPECT_EQ(describe(link->hook()), fmt::format("uprobe.session {}:skep_many_one", library));
  call();
  EXPECT_EQ(test::value_of<std::uint64_t>(*loaded, "session_count"), 200U);
}

TEST_F(UserProbes, SayWhatIsWrong) {
  const Fixture object("hook_uprobes");
  const auto multi = [&](UprobeMulti hook) { return error_of(object.attach("on_multi", hook)); };
  EXPECT_THAT(multi({.binary = library}), HasSubstr("needs a function or a pattern"));
  EXPECT_THAT(multi({.binary = library, .places = {{.symbol = "skep_manny_*"}}}),
              HasSubstr("no function matches 'skep_manny_*'"));
  EXPECT_THAT(multi({.binary = library, .places = {{.symbol = "skep_many_onne"}}}),
              HasSubstr("It has: skep_many_one"));
  EXPECT_THAT(multi({.binary = library, .places = {{.symbol = "skep_many_*", .offset = 4}}}),
              HasSubstr("stands for 2 functions"));
  EXPECT_THAT(multi({.binary = "no-such-library.so", .places = {{.symbol = "f"}}}),
              HasSubstr("no library 'no-such-library.so' in ld.so.cache"));
  EXPECT_THAT(multi({.binary = "/etc", .places = {{.offset = 1}}}), HasSubstr("a regular file"));
  EXPECT_THAT(
      multi({.binary = library, .places = {{.symbol = "skep_many_one"}}, .pid = 0x7ffffffe}),
      HasSubstr("process 2147483646"));
  EXPECT_THAT(error_of(object.attach("on_single", UprobeMulti{.binary = library,
                                                              .places = {{.symbol = "skep_many_*"}},
                                                              .session = true})),
              HasSubstr("SEC(\"uprobe.session\")"));
}

// libc's, by its short name, through an IFUNC: the function that this machine uses.
TEST_F(UserProbes, FindWhatTheDynamicLinkerPicked) {
  const Fixture object("hook_uprobes");
  const auto link = object.attach("on_multi", Uprobe{.binary = "libc", .symbol = "strnlen"});
  ASSERT_TRUE(link) << error_of(link);
  void* libc = ::dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
  auto* strnlen_of_libc =
      reinterpret_cast<std::size_t (*)(const char*, std::size_t)>(::dlsym(libc, "strnlen"));
  ::dlclose(libc);
  const auto before = object.value<std::uint64_t>("multi_count");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(strnlen_of_libc("four", 9), 4U);
  EXPECT_GE(object.value<std::uint64_t>("multi_count") - before, 100U);
}

TEST_F(UserProbes, OfOneProcessDoNotFireInAnother) {
  Child child([&] { call(); });
  const Fixture object("hook_uprobes", 0);
  for (const auto* program : {"on_multi", "on_single"}) {
    const auto before = object.value<std::uint64_t>("multi_count");
    const auto link = object.attach(
        program,
        UprobeMulti{.binary = library, .places = {{.symbol = "skep_many_*"}}, .pid = child.pid()});
    ASSERT_TRUE(link) << error_of(link);
    call();
    EXPECT_EQ(object.value<std::uint64_t>("multi_count"), before);
    child.run();
    EXPECT_EQ(object.value<std::uint64_t>("multi_count"), before + 200);
  }
}

// As in a container: the process has its own root, with its own copy of the library.
TEST_F(UserProbes, FindTheCopyOfAProcessThatHasItsOwnRoot) {
  std::string root = std::filesystem::temp_directory_path() / "skep-root-XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  std::filesystem::create_directories(root + "/own");
  std::filesystem::copy_file(library, root + "/own/libskep_own.so.1");
  std::filesystem::create_symlink("/own", root + "/lib");  // within that root
  const Library copy((root + "/own/libskep_own.so.1").c_str());
  auto* function = copy.function<long(long)>("skep_many_one");
  {
    Child child([&] { function(1); },
                [&] {
                  if (::chroot(root.c_str()) != 0 || ::chdir("/") != 0) ::_exit(1);
                });
    const Fixture object("hook_uprobes", 0);
    std::uint64_t fired = 0;
    for (const auto* name :
         {"/lib/libskep_own.so.1", "libskep_own.so.1", "libskep_own", "skep_own"}) {
      const auto link = object.attach(
          "on_multi",
          UprobeMulti{.binary = name, .places = {{.symbol = "skep_many_one"}}, .pid = child.pid()});
      ASSERT_TRUE(link) << name << ": " << error_of(link);
      child.run();
      EXPECT_EQ(object.value<std::uint64_t>("multi_count"), ++fired) << name;
    }
    EXPECT_THAT(error_of(object.attach("on_multi", UprobeMulti{.binary = "/lib/libskep_own.so.1",
                                                               .places = {{.symbol = "f"}}})),
                HasSubstr("No such file"))
        << "it is not ours";
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace skep
