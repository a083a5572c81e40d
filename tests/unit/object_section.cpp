#include "object/section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "object/section_table.hpp"

namespace skep::object {
namespace {

using testing::HasSubstr;

struct Expected {
  std::string_view name;
  ProgramType type;
  AttachType attach_type;
  std::string_view attach_to;
  BtfTarget target = BtfTarget::none;
  std::uint32_t flags = 0;
};

// From the table of libbpf 1.5 (tools/lib/bpf/libbpf.c, section_defs); the oracle checks all of it.
TEST(Section, SaysWhatLibbpfSays) {
  using Type = ProgramType;
  using At = AttachType;
  const Expected cases[] = {
      {"xdp", Type::xdp, At::xdp, ""},
      {"xdp.frags", Type::xdp, At::xdp, "", BtfTarget::none, load_xdp_has_frags},
      {"xdp/devmap", Type::xdp, At::xdp_devmap, ""},
      {"tc", Type::sched_cls, At::none, ""},
      {"tcx/ingress", Type::sched_cls, At::tcx_ingress, ""},
      {"tp/sched/sched_switch", Type::tracepoint, At::none, "sched/sched_switch"},
      {"raw_tp/sched_switch", Type::raw_tracepoint, At::none, "sched_switch"},
      {"raw_tracepoint.w/x", Type::raw_tracepoint_writable, At::none, "x"},
      {"tp_btf/sched_switch", Type::tracing, At::trace_raw_tp, "sched_switch",
       BtfTarget::raw_tracepoint},
      {"fentry.s/f", Type::tracing, At::trace_fentry, "f", BtfTarget::function, load_sleepable},
      {"fexit/f", Type::tracing, At::trace_fexit, "f", BtfTarget::function},
      {"iter/task", Type::tracing, At::trace_iter, "task", BtfTarget::iterator},
      {"lsm.s/file_open", Type::lsm, At::lsm_mac, "file_open", BtfTarget::lsm, load_sleepable},
      {"lsm_cgroup/socket_bind", Type::lsm, At::lsm_cgroup, "socket_bind", BtfTarget::lsm},
      {"freplace/f", Type::ext, At::none, "f", BtfTarget::program},
      {"uprobe//bin/bash:readline", Type::kprobe, At::none, "/bin/bash:readline"},
      {"uprobe.multi.s/x", Type::kprobe, At::trace_uprobe_multi, "x", BtfTarget::none,
       load_sleepable},
      {"kprobe.session/x", Type::kprobe, At::trace_kprobe_session, "x"},
      {"uprobe.session/x", Type::kprobe, At::trace_uprobe_session, "x"},
      {"fsession/f", Type::tracing, At::trace_fsession, "f", BtfTarget::function},
      {"ksyscall/execve", Type::kprobe, At::none, "execve"},
      {"cgroup/connect4", Type::cgroup_sock_addr, At::cgroup_inet4_connect, ""},
      {"cgroup_skb/egress", Type::cgroup_skb, At::cgroup_inet_egress, ""},
      {"netkit/peer", Type::sched_cls, At::netkit_peer, ""},
      {"sk_lookup", Type::sk_lookup, At::sk_lookup, ""},
      {"syscall", Type::syscall, At::none, "", BtfTarget::none, load_sleepable},
  };
  for (const auto& expected : cases) {
    const auto meaning = meaning_of_section(expected.name);
    ASSERT_TRUE(meaning) << expected.name;
    EXPECT_EQ(meaning->type, expected.type) << expected.name;
    EXPECT_EQ(meaning->attach_type, static_cast<std::uint32_t>(expected.attach_type))
        << expected.name;
    EXPECT_EQ(meaning->attach_to, expected.attach_to) << expected.name;
    EXPECT_EQ(meaning->btf_target, expected.target) << expected.name;
    EXPECT_EQ(meaning->flags, expected.flags) << expected.name;
    EXPECT_TRUE(meaning->autoload) << expected.name;
  }
}

TEST(Section, TakesAQuestionMark) {
  const auto meaning = meaning_of_section("?kprobe/do_unlinkat");
  ASSERT_TRUE(meaning);
  EXPECT_FALSE(meaning->autoload);
  EXPECT_EQ(meaning->kind, "kprobe");
  EXPECT_EQ(meaning->attach_to, "do_unlinkat");
}

TEST(Section, KnowsEveryNameOfItsTable) {
  EXPECT_GE(section_entries().size(), 100U);
  for (const auto& entry : section_entries()) {
    const auto meaning = meaning_of_section(entry.name);
    ASSERT_TRUE(meaning) << entry.name;
    EXPECT_EQ(meaning->type, entry.type) << entry.name;
    EXPECT_EQ(meaning->kind, entry.name);
    const auto with_target = meaning_of_section(std::string(entry.name) + "/no such hook");
    EXPECT_EQ(with_target.has_value(), entry.takes_target) << entry.name;
  }
}

std::string hint_for(std::string_view name) {
  const auto meaning = meaning_of_section(name);
  if (meaning) return "accepted";
  EXPECT_EQ(meaning.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(meaning.error().message(), HasSubstr(std::string(name)));
  return meaning.error().hints().empty() ? "" : meaning.error().hints()[0];
}

// The names that tutorials use and that libbpf 1.0 and later refuse.
TEST(Section, ExplainsNamesOfOtherTimes) {
  EXPECT_THAT(hint_for("classifier/ingress"), HasSubstr("tcx/ingress"));
  EXPECT_THAT(hint_for("classifier/egress"), HasSubstr("tcx/egress"));
  EXPECT_THAT(hint_for("socket/sock_filter"), HasSubstr("SEC(\"socket\")"));
  EXPECT_THAT(hint_for("socket1"), HasSubstr("SEC(\"socket\")"));
  EXPECT_THAT(hint_for("xdp_lb"), HasSubstr("SEC(\"xdp\")"));
  EXPECT_THAT(hint_for("xdp/ingress"), HasSubstr("SEC(\"xdp\")"));
  EXPECT_THAT(hint_for("cgroup/sock_addr"), HasSubstr("cgroup/connect4"));
  EXPECT_THAT(hint_for("tracepoint_return"), HasSubstr("no return"));
  EXPECT_THAT(hint_for("raw_tracepoint_return"), HasSubstr("no return"));
  EXPECT_THAT(hint_for("kprob/do_unlinkat"), HasSubstr("kprobe"));
  EXPECT_EQ(hint_for("q"), "");
}

}  // namespace
}  // namespace skep::object
