// Why the running kernel refuses, in words: each refusal is a real one. What the process may do is
// taken from a child of our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>

#include "kernel/function_facts.hpp"
#include "kernel/security.hpp"
#include "kernel/support.hpp"
#include "skep/explain.hpp"

namespace skep {
namespace {

using testing::AllOf, testing::Contains, testing::HasSubstr, testing::Not;

ObjectSpec spec_with(std::string_view object, std::string_view program) {
  auto spec = test::spec_of(object);
  for (auto& one : spec.programs) one.autoload = one.name == program;
  return spec;
}

// In a child, whose failures are ours.
void in_child(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "what the child says stands above";
}

// A kernel that a vendor has changed: every right is there and the verifier is not asked.
TEST(Preflight, KindsThatThisKernelRefusesAsSuch) {
  const std::pair<const char*, const char*> kinds[] = {{"on_fentry", "(fentry)"},
                                                       {"on_fexit", "(fexit)"},
                                                       {"on_fmod_ret", "(fmod_ret)"},
                                                       {"on_lsm", "(LSM)"}};
  for (const auto& [program, words] : kinds) {
    const auto loaded = Object::load(spec_with("hook_kernel", program));
    if (loaded) continue;  // another kernel
    EXPECT_EQ(loaded.error().code(), EPERM) << test::text_of(loaded.error());
    EXPECT_THAT(why_refused(loaded.error()),
                testing::ElementsAre(
                    AllOf(HasSubstr("refuses every program of this kind"), HasSubstr(words))));
  }
}

TEST(Preflight, AKindThatIsTakenIsNotBlamed) {
  auto& sys = kernel::real_syscalls();
  EXPECT_EQ(kernel::takes_programs(sys, ProgramType::socket_filter, 0), true);
  EXPECT_EQ(kernel::takes_programs(sys, ProgramType::xdp, 0), true);
}

TEST(Preflight, AMissingOptionIsEvidence) {
  const auto loaded = Object::load(spec_with("hook_kernel", "on_kprobe"));
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  const auto link = loaded->programs()[0].attach();
  if (link) return;  // another kernel
  EXPECT_THAT(why_refused(link.error()), Contains(HasSubstr("CONFIG_KPROBES")));
}

TEST(Preflight, LockdownIsReadThoughSecurityfsIsNotMounted) {
  const auto security = kernel::read_security(kernel::real_syscalls());
  EXPECT_THAT(security.lockdown, testing::AnyOf("", "none", "integrity", "confidentiality"));
  ASSERT_TRUE(security.modules);
  EXPECT_THAT(*security.modules, Contains("capability"));
  if (security.lockdown != "integrity" && security.lockdown != "confidentiality") return;
  const auto loaded = Object::load(spec_with("prog_refused", "writes_user"));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(why_refused(loaded.error()), Contains(HasSubstr("bpf_probe_write_user()")));
}

TEST(Preflight, AUserNamespaceIsNamed) {
  const auto spec = spec_with("hook_count", "on_raw");
  in_child([&] {
    ASSERT_EQ(::unshare(CLONE_NEWUSER), 0);
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 0 1";
    const auto loaded = Object::load(spec);
    ASSERT_FALSE(loaded);
    EXPECT_THAT(why_refused(loaded.error()),
                Contains(AllOf(HasSubstr("user namespace"), HasSubstr("token"))));
  });
}

// As Docker's default profile does: bpf(2) says EPERM to whoever calls it.
void refuse_bpf() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(code), code};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(Preflight, ASeccompFilterIsNamed) {
  const auto spec = spec_with("hook_count", "on_raw");
  in_child([&] {
    refuse_bpf();
    const auto loaded = Object::load(spec);
    ASSERT_FALSE(loaded);
    const auto why = why_refused(loaded.error());
    EXPECT_THAT(why, Contains(HasSubstr("seccomp filter")));
    EXPECT_THAT(why, Not(Contains(HasSubstr("refuses every program"))));
  });
}

TEST(Preflight, AFunctionOfThisKernel) {
  auto& sys = kernel::real_syscalls();
  const auto there = kernel::facts_of_function(sys, "do_unlinkat");
  EXPECT_EQ(there.symbols, 1U);
  EXPECT_EQ(there.has_type, true);
  EXPECT_TRUE(there.near.empty());
  const auto wrong = kernel::facts_of_function(sys, "do_unlinkatt");
  EXPECT_EQ(wrong.symbols, 0U);
  EXPECT_EQ(wrong.has_type, false);
  ASSERT_FALSE(wrong.near.empty());
  EXPECT_EQ(wrong.near.front(), "do_unlinkat");
}

}  // namespace
}  // namespace skep
