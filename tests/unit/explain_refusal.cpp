#include "explain/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "fake_syscalls.hpp"
#include "kernel/attempt.hpp"
#include "object/attach_type.hpp"

namespace skep::explain {
namespace {

using Step = Attempt::Step;
using By = Attempt::By;
using testing::AllOf, testing::Contains, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty,
    testing::Not, testing::StartsWith;

Error refused(int code, Attempt attempt) {
  return Error::from_errno(code, "x").while_trying(
      std::make_shared<const Attempt>(std::move(attempt)));
}

Facts on_function(kernel::FunctionFacts function) {
  Facts facts;
  facts.function = std::move(function);
  return facts;
}

const Attempt kprobe{.step = Step::attach, .by = By::kprobe, .function = "f"};
const Attempt fentry{.step = Step::attach, .by = By::trampoline, .function = "f"};

TEST(Refusal, AFunctionThatIsNotThere) {
  const auto facts = on_function({.name = "f", .symbols = 0, .near = {"ff", "fg"}});
  EXPECT_THAT(explain_refusal(refused(ENOENT, kprobe), facts),
              ElementsAre(AllOf(HasSubstr("'f'"), HasSubstr("inlined"), HasSubstr("kallsyms"),
                                HasSubstr("The nearest: ff and fg."))));
}

TEST(Refusal, WhatTheCompilerMadeOfIt) {
  const auto facts = on_function({.name = "f", .symbols = 0, .variants = {"f.isra.0"}});
  EXPECT_THAT(explain_refusal(refused(ENOENT, kprobe), facts),
              ElementsAre(AllOf(HasSubstr("f.isra.0"), Not(HasSubstr("nearest")))));
}

TEST(Refusal, AFunctionThatMustNotBeProbed) {
  const auto facts =
      on_function({.name = "f", .symbols = 1, .is_traceable = false, .is_blacklisted = true});
  EXPECT_THAT(explain_refusal(refused(EINVAL, kprobe), facts),
              ElementsAre(HasSubstr("kprobes/blacklist")));
  EXPECT_THAT(explain_refusal(refused(EINVAL, fentry), facts), ElementsAre(HasSubstr("notrace")));
}

TEST(Refusal, SeveralFunctionsOfOneName) {
  const auto facts = on_function({.name = "f", .symbols = 3, .is_traceable = true});
  EXPECT_THAT(explain_refusal(refused(EADDRNOTAVAIL, kprobe), facts),
              ElementsAre(HasSubstr("3 functions 'f'")));
}

TEST(Refusal, AFunctionWithoutATypeCanBeProbed) {
  auto link = fentry;
  link.step = Step::link;
  const Error error =
      Error(ErrorKind::not_found, "x").while_trying(std::make_shared<const Attempt>(link));
  const auto facts = on_function(
      {.name = "f", .symbols = 1, .module = "ext4", .is_traceable = true, .has_type = false});
  EXPECT_THAT(explain_refusal(error, facts),
              ElementsAre(AllOf(HasSubstr("module ext4"), HasSubstr("A kprobe needs no types"))));
}

TEST(Refusal, FactsThatSpeakForNothingSayNothing) {
  const auto facts = on_function({.name = "f", .symbols = 1, .is_traceable = true});
  EXPECT_THAT(explain_refusal(refused(EINVAL, kprobe), facts), IsEmpty());
  EXPECT_THAT(explain_refusal(refused(EINVAL, kprobe), on_function({.name = "f"})), IsEmpty());
}

TEST(Refusal, AnOptionThatIsNotSetIsEvidence) {
  Facts facts;
  facts.unset_options = {"CONFIG_KPROBES", "CONFIG_FPROBE"};
  facts.configuration = "/proc/config.gz";
  EXPECT_THAT(explain_refusal(refused(EOPNOTSUPP, kprobe), facts),
              ElementsAre(StartsWith("CONFIG_KPROBES and CONFIG_FPROBE are not set in "
                                     "/proc/config.gz: it seems")));
}

TEST(Refusal, SeccompMayAnswerThatThereIsNoSuchCall) {
  Facts facts;
  facts.security.seccomp = 2;
  EXPECT_THAT(explain_refusal(refused(ENOSYS, kprobe), facts), ElementsAre(HasSubstr("seccomp")));
  facts.security.seccomp = 0;
  EXPECT_THAT(explain_refusal(refused(ENOSYS, kprobe), facts), IsEmpty());
}

// tracefs is empty then.
TEST(Refusal, ALockedDownKernelHasNoTracepoints) {
  const Error error = Error(ErrorKind::not_found, "x")
                          .while_trying(std::make_shared<const Attempt>(
                              Attempt{.step = Step::attach, .type = ProgramType::tracepoint}));
  Facts facts;
  EXPECT_THAT(explain_refusal(error, facts), IsEmpty());
  facts.security.lockdown = "confidentiality";
  EXPECT_THAT(explain_refusal(error, facts), ElementsAre(HasSubstr("tracefs")));
}

Error rejected(std::string log) {
  return Error::from_errno(EINVAL, "x").as(ErrorKind::rejected).with_report(std::move(log));
}

TEST(Refusal, HelpersThatLockdownForbids) {
  const auto writes = rejected("program of this type cannot use helper bpf_probe_write_user#36");
  const auto reads = rejected("unknown func bpf_probe_read_kernel#113");
  Facts facts;
  EXPECT_THAT(explain_refusal(writes, facts), IsEmpty());
  facts.security.lockdown = "integrity";
  EXPECT_THAT(explain_refusal(writes, facts),
              ElementsAre(AllOf(HasSubstr("(integrity)"), HasSubstr("bpf_probe_write_user()"))));
  EXPECT_THAT(explain_refusal(reads, facts), IsEmpty());
  facts.security.lockdown = "confidentiality";
  EXPECT_THAT(explain_refusal(reads, facts), ElementsAre(HasSubstr("bpf_probe_read_kernel()")));
}

TEST(Foresee, LsmProgramsNeedBpfAmongTheModules) {
  ObjectSpec spec;
  spec.programs = {ProgramSpec{}, ProgramSpec{}, ProgramSpec{}};
  spec.programs[0].name = "guard";
  spec.programs[0].type = spec.programs[1].type = ProgramType::lsm;
  spec.programs[1].autoload = false;
  spec.programs[2].type = ProgramType::xdp;
  kernel::Security security;
  EXPECT_THAT(foresee(spec, security), IsEmpty()) << "not known";
  security.modules = {"lockdown", "bpf"};
  EXPECT_THAT(foresee(spec, security), IsEmpty());
  security.modules = {"lockdown", "yama"};
  EXPECT_THAT(foresee(spec, security), ElementsAre(AllOf(HasSubstr("'guard' will never run"),
                                                         HasSubstr("(lockdown and yama)"),
                                                         HasSubstr("lsm=lockdown,yama,bpf"))));
}

// What is looked up, and that it comes through the seam.
class Gathering : public testing::Test {
 protected:
  void SetUp() override {
    sys.files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t000001ffffffffff\nSeccomp:\t2\n";
    sys.files["/proc/self/uid_map"] = "         0          0 4294967295\n";
    sys.files["/proc/sys/kernel/unprivileged_bpf_disabled"] = "2\n";
    sys.files["/sys/kernel/security/lsm"] = "lockdown,capability,bpf\n";
    sys.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
    sys.files["/proc/sys/kernel/osrelease"] = "6.1.0\n";
    sys.files["/boot/config-6.1.0"] = "CONFIG_KPROBES=y\n# CONFIG_FPROBE is not set\n";
    sys.files["/proc/kallsyms"] =
        "0000000000000000 T do_unlinkat\n0000000000000000 d do_unlink_data\n"
        "0000000000000000 t do_unlinkat.cold\n0000000000000000 t helper.isra.0\t[ext4]\n";
    sys.files["available_filter_functions"] = "do_unlinkat\nhelper.isra.0 [ext4]\n";
    sys.files["/sys/kernel/debug/kprobes/blacklist"] = "0xff00-0xff10\tdo_int3\n";
    sys.files["events"] = "";
    sys.files["/sys/kernel/tracing"] = "";
  }
  test::FakeSyscalls sys;
};

TEST_F(Gathering, TheMachineAndTheProcess) {
  const auto security = gather_facts(Error(ErrorKind::system, "x"), sys).security;
  EXPECT_EQ(security.capabilities, 0x1ffffffffffU);
  EXPECT_EQ(security.in_user_namespace, false);
  EXPECT_EQ(security.seccomp, 2);
  EXPECT_EQ(security.unprivileged_bpf, 2);
  EXPECT_EQ(security.lockdown, "integrity");
  EXPECT_THAT(security.modules, testing::Optional(ElementsAre("lockdown", "capability", "bpf")));
  EXPECT_TRUE(sys.bpf_calls.empty());
}

TEST_F(Gathering, WhatCannotBeReadIsNotKnown) {
  sys.files.clear();
  sys.fail_rest = true;
  sys.fail_call = 0;
  const auto facts = gather_facts(refused(ENOENT, kprobe), sys);
  EXPECT_FALSE(facts.security.capabilities || facts.security.seccomp || facts.security.modules);
  EXPECT_TRUE(facts.security.lockdown.empty());
  ASSERT_TRUE(facts.function);
  EXPECT_FALSE(facts.function->symbols || facts.function->is_traceable);
  EXPECT_THAT(explain_refusal(refused(ENOENT, kprobe), facts), IsEmpty());
}

TEST_F(Gathering, ARefusedLoadIsTriedWithLess) {
  sys.results[kernel::Command::program_load] = {-EPERM, -EPERM};
  const Attempt attempt{
      .type = ProgramType::tracing,
      .attach_type = static_cast<std::uint32_t>(object::AttachType::trace_fentry)};
  const auto facts = gather_facts(refused(EPERM, attempt), sys);
  EXPECT_EQ(facts.takes_kind, false);
  EXPECT_EQ(facts.takes_any, false);
  const auto calls = sys.of(kernel::Command::program_load);
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].as<kernel::ProgramLoadAttributes>().attach_type, 24U);
  EXPECT_EQ(calls[1].as<kernel::ProgramLoadAttributes>().type, 1U);
  EXPECT_FALSE(facts.function);
}

TEST_F(Gathering, AFunctionIsLookedUp) {
  auto attempt = kprobe;
  attempt.function = "do_unlinkatt";
  auto function = gather_facts(refused(ENOENT, attempt), sys).function;
  ASSERT_TRUE(function);
  EXPECT_EQ(function->symbols, 0U);
  EXPECT_THAT(function->near, ElementsAre("do_unlinkat")) << "a function, no data";
  EXPECT_EQ(function->is_traceable, false);
  EXPECT_EQ(function->is_blacklisted, false);

  attempt.function = "helper";
  function = gather_facts(refused(ENOENT, attempt), sys).function;
  EXPECT_THAT(function->variants, ElementsAre("helper.isra.0"));

  attempt.function = "do_unlinkat";
  function = gather_facts(refused(EINVAL, attempt), sys).function;
  EXPECT_EQ(function->symbols, 1U);
  EXPECT_EQ(function->is_traceable, true);
  EXPECT_THAT(function->near, IsEmpty());
}

TEST_F(Gathering, OptionsAreReadFromTheConfiguration) {
  auto attempt = kprobe;
  attempt.function.clear();
  attempt.options = {"CONFIG_KPROBES", "CONFIG_FPROBE", "CONFIG_KPROBE"};
  const auto facts = gather_facts(refused(EOPNOTSUPP, attempt), sys);
  EXPECT_THAT(facts.unset_options, ElementsAre("CONFIG_FPROBE", "CONFIG_KPROBE"));
  EXPECT_EQ(facts.configuration, "/boot/config-6.1.0");
  EXPECT_THAT(gather_facts(refused(ENOMEM, attempt), sys).unset_options, IsEmpty());
}

TEST_F(Gathering, EveryCallMayFail) {
  for (std::size_t n = 0;; ++n) {
    test::FakeSyscalls one;
    one.files = sys.files;
    one.fail_call = n;
    const auto error = refused(ENOENT, kprobe);
    (void)explain_refusal(error, gather_facts(error, one));
    if (n >= one.calls.size()) break;
  }
}

}  // namespace
}  // namespace skep::explain
