// Rows: functions of the kernel.
#include <fcntl.h>

#include <cerrno>

#include "hooks/row.hpp"

namespace skep {
namespace {

using test::Effect, test::run_by_hand;

class KernelFunctions : public test::Row {
 protected:
  static void unlink_nothing() { ::unlinkat(AT_FDCWD, "/tmp/skep-no-such-file", 0); }
  // A file cannot be removed.
  static Effect refuses_unlink() {
    return [](const Object& object, const Link&) {
      const auto before = count_of(object);
      const std::string path = fmt::format("/dev/shm/skep-unlinked-{}", ::getpid());
      Fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
      const bool refused = ::unlink(path.c_str()) != 0 && errno == EPERM;
      return refused && count_of(object) == before + 1;
    };
  }
  static void set_refuses(ObjectSpec& spec) { ASSERT_TRUE(spec.set("refuses", true)); }
  void look_at_unlink(std::string row, std::string_view program, long value) {
    lives({.row = std::move(row),
           .seen = value == AT_FDCWD ? "an argument of unlinkat(2)" : "what unlinkat(2) returns",
           .object = "hook_kernel",
           .program = program,
           .effect = counts(unlink_nothing, "count", "value", value)});
  }
};

TEST_F(KernelFunctions, Kprobe) { look_at_unlink("kprobe", "on_kprobe", AT_FDCWD); }
TEST_F(KernelFunctions, Kretprobe) { look_at_unlink("kretprobe", "on_kretprobe", -ENOENT); }
TEST_F(KernelFunctions, KprobeMulti) { look_at_unlink("kprobe.multi", "on_multi", AT_FDCWD); }
TEST_F(KernelFunctions, KretprobeMulti) {
  look_at_unlink("kretprobe.multi", "on_multi_return", -ENOENT);
}
TEST_F(KernelFunctions, KprobeSession) {
  lives({.row = "kprobe.session",
         .seen = "one call, at its entry and its return",
         .object = "hook_kernel",
         .program = "on_session",
         .effect = [](const Object& object, const Link&) {
           const auto before = count_of(object);
           unlink_nothing();
           return count_of(object) == before + 2;
         }});
}
TEST_F(KernelFunctions, Ksyscall) { look_at_unlink("ksyscall", "on_ksyscall", AT_FDCWD); }
TEST_F(KernelFunctions, Kretsyscall) { look_at_unlink("kretsyscall", "on_kretsyscall", -ENOENT); }
TEST_F(KernelFunctions, Fentry) { look_at_unlink("fentry", "on_fentry", AT_FDCWD); }
TEST_F(KernelFunctions, Fexit) { look_at_unlink("fexit", "on_fexit", -ENOENT); }

TEST_F(KernelFunctions, FmodRet) {
  lives({.row = "fmod_ret",
         .seen = "unlink(2) fails with EPERM",
         .object = "hook_kernel",
         .program = "on_fmod_ret",
         .effect = refuses_unlink(),
         .edit = set_refuses});
}

TEST_F(KernelFunctions, FentryS) {
  lives({.row = "fentry.s",
         .seen = "an argument of a function that a test run calls",
         .object = "row_functions",
         .program = "on_fentry_s",
         .effect = [](const Object& object, const Link& link) {
           const auto run = [&] { run_by_hand(object, "on_fentry_s", false); };
           return counts(run, "count", "value", 1)(object, link);
         }});
}

TEST_F(KernelFunctions, FexitS) {
  lives({.row = "fexit.s",
         .seen = "what a function returns that a test run calls",
         .object = "row_functions",
         .program = "on_fexit_s",
         .effect = [](const Object& object, const Link& link) {
           const auto run = [&] { run_by_hand(object, "on_fexit_s", false); };
           return counts(run, "count", "value", 2)(object, link);
         }});
}

TEST_F(KernelFunctions, FmodRetS) {
  lives({.row = "fmod_ret.s",
         .seen = "a test run fails, as a function that it calls does not return what it should",
         .object = "row_functions",
         .program = "on_fmod_ret_s",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               return run_by_hand(object, "on_fentry_s", false) == EFAULT &&
                      count_of(object) == before + 1;
             },
         .beside = "on_fentry_s"});
}

TEST_F(KernelFunctions, Fsession) {
  lives({.row = "fsession",
         .seen = "one call, at its entry and its return",
         .object = "row_functions",
         .program = "on_fsession",
         .effect = counts(unlink_nothing)});
}

TEST_F(KernelFunctions, FsessionS) {
  lives({.row = "fsession.s",
         .seen = "one call, at its entry and its return",
         .object = "row_functions",
         .program = "on_fsession_s",
         .effect = counts(unlink_nothing)});
}

TEST_F(KernelFunctions, Freplace) {
  auto spec = test::spec_of("hook_replace");
  ASSERT_TRUE(spec.set("port", test::port));
  spec.find_program("instead")->autoload = false;
  const auto target = Object::load(spec);
  ASSERT_TRUE(target) << test::text_of(target.error());
  const auto underneath = target->programs()[0].attach(Xdp{.interface = "lo"});
  ASSERT_TRUE(underneath) << test::text_of(underneath.error());
  lives({.row = "freplace",
         .seen = "the function of an XDP program drops packets, where it passed them",
         .object = "hook_replace",
         .program = "instead",
         .effect = drops(),
         .targets = {{"instead", {.program = target->programs()[0].fd()}}}});
}

TEST_F(KernelFunctions, Lsm) {
  lives({.row = "lsm",
         .seen = "unlink(2) fails with EPERM",
         .object = "hook_kernel",
         .program = "on_lsm",
         .effect = refuses_unlink(),
         .edit = set_refuses});
}

TEST_F(KernelFunctions, LsmS) {
  lives({.row = "lsm.s",
         .seen = "unlink(2) fails with EPERM",
         .object = "row_functions",
         .program = "on_lsm_s",
         .effect = refuses_unlink()});
}

TEST_F(KernelFunctions, LsmCgroup) {
  lives({.row = "lsm_cgroup",
         .seen = "bind(2) fails with EPERM in a cgroup",
         .object = "hook_kernel",
         .program = "on_lsm_cgroup",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               const int error = test::bind_to(test::socket_of(SOCK_DGRAM), test::other_port);
               return error == EPERM && count_of(object) == before + 1;
             },
         .edit = set_refuses});
}

}  // namespace
}  // namespace skep
