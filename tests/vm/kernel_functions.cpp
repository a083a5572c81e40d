// Hooks on functions of the kernel, which the kernel of the tests' own machine refuses: they run in
// the virtual machines of scripts/vm. Each fires for real and is gone when it is detached.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cerrno>

#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

bool kernel_is_61() {
  utsname name{};
  ::uname(&name);
  return std::string_view(name.release).starts_with("6.1.");
}

// Loads one program of hook_kernel, attaches it, and lets unlinkat(2) pass it.
class KernelFunctions : public testing::Test {
 protected:
  Result<void> load(std::string_view program) {
    auto spec = test::spec_of("hook_kernel");
    for (auto& one : spec.programs) one.autoload = one.name == program;
    SKEP_CHECK(spec.set("process", static_cast<int>(::getpid())));
    SKEP_CHECK(spec.set("refuses", refuses));
    SKEP_TRY(object, Object::load(std::move(spec)));
    return {};
  }
  // 0, or the errno.
  static int unlink_nothing() {
    return ::unlinkat(AT_FDCWD, "/tmp/skep-no-such-file", 0) == 0 ? 0 : errno;
  }
  template <typename T>
  T value(std::string_view name) {
    return test::value_of<T>(*object, name);
  }
  // Attached by its section (or `hook`), it counts `each` for each call, and nothing once detached.
  void expect_fires(std::string_view program, long expected_value, std::uint64_t each = 1,
                    std::optional<Hook> hook = {}) {
    auto loaded = load(program);
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    auto link = hook ? object->programs()[0].attach(*hook) : object->programs()[0].attach();
    ASSERT_TRUE(link) << test::text_of(link.error());
    for (int i = 0; i < 100; ++i) EXPECT_EQ(unlink_nothing(), ENOENT);
    EXPECT_EQ(value<std::uint64_t>("count"), 100 * each);
    EXPECT_EQ(value<long>("value"), expected_value);
    std::uint32_t id = 0;
    if (link->is_bpf_link()) id = kernel::link_info(kernel::real_syscalls(), link->fd())->id;
    link->detach();
    if (id != 0) {
      EXPECT_TRUE(test::is_gone(kernel::Thing::link, id));
    }
    unlink_nothing();
    EXPECT_EQ(value<std::uint64_t>("count"), 100 * each);
  }
  // What the kernel lacks is said in words.
  void expect_unsupported(std::string_view program, std::string_view words) {
    auto loaded = load(program);
    std::string text;
    if (!loaded) {
      text = test::text_of(loaded.error());
    } else {
      auto link = object->programs()[0].attach();
      ASSERT_FALSE(link);
      text = test::text_of(link.error());
    }
    EXPECT_THAT(text, HasSubstr(words));
  }

  bool refuses = false;
  std::optional<Object> object;
};

TEST_F(KernelFunctions, Kprobe) { expect_fires("on_kprobe", AT_FDCWD); }

TEST_F(KernelFunctions, KprobeWithACookie) {
  expect_fires("on_kprobe", AT_FDCWD, 1, Kprobe{.function = "do_unlinkat", .cookie = 0xabc});
  EXPECT_EQ(value<std::uint64_t>("cookie"), 0xabcU);
}

TEST_F(KernelFunctions, Kretprobe) { expect_fires("on_kretprobe", -ENOENT); }

TEST_F(KernelFunctions, KprobeOnNothing) {
  ASSERT_TRUE(load("on_kprobe"));
  const auto link = object->programs()[0].attach(Kprobe{.function = "do_unlinkatt"});
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::not_found) << test::text_of(link.error());
  EXPECT_THAT(test::text_of(link.error()), HasSubstr("no function 'do_unlinkatt'"));
}

TEST_F(KernelFunctions, Ksyscall) { expect_fires("on_ksyscall", AT_FDCWD); }

TEST_F(KernelFunctions, Kretsyscall) { expect_fires("on_kretsyscall", -ENOENT); }

TEST_F(KernelFunctions, KprobeMulti) {
  if (kernel_is_61()) return expect_unsupported("on_multi", "kprobe.multi");
  expect_fires("on_multi", AT_FDCWD);
}

TEST_F(KernelFunctions, KretprobeMulti) {
  if (kernel_is_61()) return expect_unsupported("on_multi_return", "kprobe.multi");
  expect_fires("on_multi_return", -ENOENT);
}

TEST_F(KernelFunctions, KprobeSession) {
  if (kernel_is_61()) return expect_unsupported("on_session", "a session 6.10");
  expect_fires("on_session", 0, 2);
}

TEST_F(KernelFunctions, Fentry) { expect_fires("on_fentry", AT_FDCWD); }

TEST_F(KernelFunctions, FentryWithACookie) {
  expect_fires("on_fentry", AT_FDCWD, 1, Trampoline{.kind = "fentry", .cookie = 0xdef});
  EXPECT_EQ(value<std::uint64_t>("cookie"), 0xdefU);
}

TEST_F(KernelFunctions, Fexit) { expect_fires("on_fexit", -ENOENT); }

// A file is unlinked, so that the function is reached: it fails while the program says so.
class Refusals : public KernelFunctions {
 protected:
  void expect_refuses(std::string_view program) {
    refuses = true;
    auto loaded = load(program);
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    const std::string path = "/run/skep-unlinked";
    ASSERT_GE(Fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)).get(), 0);
    auto link = object->programs()[0].attach();
    ASSERT_TRUE(link) << test::text_of(link.error());
    EXPECT_EQ(::unlink(path.c_str()), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(value<std::uint64_t>("count"), 1U);
    link->detach();
    EXPECT_EQ(::unlink(path.c_str()), 0);
  }
};

TEST_F(Refusals, FmodRet) { expect_refuses("on_fmod_ret"); }

TEST_F(Refusals, Lsm) { expect_refuses("on_lsm"); }

}  // namespace
}  // namespace skep
