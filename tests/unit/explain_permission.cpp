#include "explain/permission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "object/attach_type.hpp"

namespace skep::explain {
namespace {

using object::AttachType;
using testing::AllOf, testing::ElementsAre, testing::HasSubstr, testing::Not;

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr std::uint64_t all = ~std::uint64_t{0};

Facts facts_with(std::uint64_t capabilities) {
  Facts facts;
  facts.security.capabilities = capabilities;
  return facts;
}

Attempt loading(ProgramType type, AttachType attach_type = AttachType::none) {
  Attempt attempt;
  attempt.type = type;
  attempt.attach_type = static_cast<std::uint32_t>(attach_type);
  return attempt;
}

TEST(Permission, NamesEachMissingCapability) {
  EXPECT_THAT(explain_permission(nullptr, facts_with(0)),
              ElementsAre(AllOf(HasSubstr("CAP_BPF"), HasSubstr("CAP_PERFMON"),
                                HasSubstr("CAP_NET_ADMIN"), HasSubstr("root"))));
  EXPECT_THAT(explain_permission(nullptr, facts_with(bit(39) | bit(12))),
              ElementsAre(AllOf(Not(HasSubstr("CAP_BPF")), HasSubstr("CAP_PERFMON"))));
}

TEST(Permission, SysAdminHoldsAllButTheNetwork) {
  EXPECT_THAT(explain_permission(nullptr, facts_with(bit(21) | bit(12))),
              ElementsAre(HasSubstr("the kernel itself")));
  EXPECT_THAT(explain_permission(nullptr, facts_with(bit(21))),
              ElementsAre(AllOf(HasSubstr("CAP_NET_ADMIN"), Not(HasSubstr("CAP_BPF")))));
}

TEST(Permission, WhatTheAttemptTakesWasSaidAlready) {
  const auto attempt = loading(ProgramType::kprobe);
  EXPECT_THAT(explain_permission(&attempt, facts_with(0)), ElementsAre(HasSubstr("as root")));
  auto facts = facts_with(0);  // or of a map
  facts.names_capabilities = true;
  EXPECT_THAT(explain_permission(nullptr, facts),
              ElementsAre(AllOf(HasSubstr("as root"), Not(HasSubstr("CAP_")))));
}

TEST(Permission, WithoutCapBpfTheSettingIsNamed) {
  auto facts = facts_with(0);
  facts.security.unprivileged_bpf = 2;
  EXPECT_THAT(explain_permission(nullptr, facts),
              ElementsAre(HasSubstr("lacks"), HasSubstr("unprivileged_bpf_disabled is 2")));
  facts.security.unprivileged_bpf = 0;
  EXPECT_EQ(explain_permission(nullptr, facts).size(), 1U);
}

TEST(Permission, NamespaceAndLockdownAreNamed) {
  auto facts = facts_with(all);
  facts.security.in_user_namespace = true;
  facts.security.lockdown = "confidentiality";
  EXPECT_THAT(explain_permission(nullptr, facts),
              ElementsAre(AllOf(HasSubstr("user namespace"), HasSubstr("token")),
                          AllOf(HasSubstr("confidentiality"), HasSubstr("bpf_probe_read_kernel"))));
}

TEST(Permission, IntegrityForbidsLess) {
  auto facts = facts_with(all);
  facts.security.lockdown = "integrity";
  EXPECT_THAT(
      explain_permission(nullptr, facts),
      ElementsAre(AllOf(HasSubstr("bpf_probe_write_user"), Not(HasSubstr("bpf_probe_read")))));
}

TEST(Permission, ASeccompFilterIsNamedUnlessBpfWorks) {
  auto facts = facts_with(all);
  facts.security.seccomp = 2;
  EXPECT_THAT(explain_permission(nullptr, facts), ElementsAre(HasSubstr("seccomp")));
  facts.takes_any = true;
  EXPECT_THAT(explain_permission(nullptr, facts), ElementsAre(HasSubstr("the kernel itself")));
}

// As on kernels that a vendor has changed.
TEST(Permission, AKindThatTheKernelRefusesAsSuch) {
  auto facts = facts_with(all);
  facts.takes_kind = false;
  facts.takes_any = true;
  facts.security.lockdown = "integrity";  // is not why
  const auto entry = loading(ProgramType::tracing, AttachType::trace_fentry);
  EXPECT_THAT(explain_permission(&entry, facts),
              ElementsAre(AllOf(HasSubstr("every program of this kind (fentry)"),
                                HasSubstr("raw tracepoint"), Not(HasSubstr("lockdown")))));
  const auto lsm = loading(ProgramType::lsm, AttachType::lsm_mac);
  EXPECT_THAT(explain_permission(&lsm, facts),
              ElementsAre(AllOf(HasSubstr("(LSM)"), HasSubstr("Cgroup hooks can refuse"))));
  const auto replace = loading(ProgramType::ext);
  EXPECT_THAT(explain_permission(&replace, facts), ElementsAre(HasSubstr("tail call")));
}

TEST(Permission, WhoMayLoadNothingProvesNothing) {
  auto facts = facts_with(all);
  facts.takes_kind = facts.takes_any = false;
  const auto attempt = loading(ProgramType::tracing, AttachType::trace_fentry);
  facts.security.seccomp = 2;
  EXPECT_THAT(explain_permission(&attempt, facts), ElementsAre(HasSubstr("seccomp")));
  facts.security.in_user_namespace = true;
  EXPECT_THAT(explain_permission(&attempt, facts),
              ElementsAre(HasSubstr("user namespace"), HasSubstr("seccomp")));
}

}  // namespace
}  // namespace skep::explain
