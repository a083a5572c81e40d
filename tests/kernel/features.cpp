// What this kernel can do, beside what bpftool and libbpf 1.5 find.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "isa/helpers.hpp"
#include "kernel/faulty_syscalls.hpp"
#include "kernel/host.hpp"
#include "kernel/support.hpp"
#include "object/attach_type.hpp"
#include "skep/features.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

nlohmann::json bpftool(const std::string& arguments) {
  std::FILE* pipe = ::popen(("bpftool -j " + arguments).c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const auto n = std::fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << out;
  return nlohmann::json::parse(out, nullptr, false);
}

const nlohmann::json& probed() {
  static const auto all = bpftool("feature probe kernel");
  return all;
}

// What the kernel's own list of such numbers has: whether it knows them, if not whether they work.
bool knows(std::string_view list, std::uint64_t number) {
  static const auto types = kernel::read_kernel_types(kernel::real_syscalls()).value();
  const auto all = types.find(list, btf::Kind::enum_);
  if (!all) return false;
  return std::ranges::any_of(all->enumerators(), [&](const btf::Enumerator& one) {
    return one.value == number && !one.name.starts_with("__MAX") && !one.name.starts_with("MAX_");
  });
}

bool has_function(std::string_view name) {
  static const auto types = kernel::read_kernel_types(kernel::real_syscalls()).value();
  return types.find(name, btf::Kind::func).has_value();
}

bool has_struct(std::string_view name) {
  static const auto types = kernel::read_kernel_types(kernel::real_syscalls()).value();
  return types.find(name, btf::Kind::struct_).has_value();
}

TEST(Features, ProgramTypesAreThoseThatBpftoolFinds) {
  Features features;
  std::size_t compared = 0;
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(ProgramType::netfilter); ++i) {
    const auto type = static_cast<ProgramType>(i);
    const auto key = fmt::format("have_{}_prog_type", name_of(type));
    const auto found = features.program_type(type);
    if (found.is_yes()) {
      EXPECT_EQ(found.reason, "");
    } else {
      EXPECT_NE(found.reason, "");
    }
    if (!probed().at("program_types").contains(key)) continue;
    // bpftool looks for an old message of the verifier, and asks for a BTF id that is none.
    if (type == ProgramType::tracing) {
      EXPECT_TRUE(found.is_yes()) << found.reason;
      continue;
    }
    EXPECT_EQ(found.is_yes(), probed().at("program_types").at(key).get<bool>())
        << key << ": " << found.reason;
    ++compared;
  }
  EXPECT_GE(compared, 30U);
}

TEST(Features, MapTypesAreThoseThatBpftoolFinds) {
  Features features;
  std::size_t compared = 0;
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(MapType::arena); ++i) {
    const auto type = static_cast<MapType>(i);
    const auto key = fmt::format("have_{}_map_type", name_of(type));
    const auto found = features.map_type(type);
    if (!probed().at("map_types").contains(key)) continue;
    EXPECT_EQ(found.is_yes(), probed().at("map_types").at(key).get<bool>())
        << key << ": " << found.reason;
    ++compared;
  }
  EXPECT_GE(compared, 31U);
  for (const auto type : {MapType::cgrp_storage, MapType::arena}) {
    EXPECT_EQ(features.map_type(type).is_yes(),
              knows("bpf_map_type", static_cast<std::uint32_t>(type)));
  }
}

// bpftool of Debian 12 takes each refusal for a yes: since kernel 6.9 the verifier words it anew.
// So what it denies we must deny, and where we deny more, the kernel must have said so.
TEST(Features, HelpersAreAmongThoseThatBpftoolFinds) {
  Features features;
  const std::set<std::string_view> loud = {"bpf_trace_printk", "bpf_trace_vprintk",
                                           "bpf_probe_write_user"};
  std::size_t found = 0, denied = 0;
  for (const auto& [key, names] : probed().at("helpers").items()) {
    const auto all = names.get<std::set<std::string>>();
    for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(ProgramType::syscall); ++i) {
      const auto type = static_cast<ProgramType>(i);
      if (key != fmt::format("{}_available_helpers", name_of(type))) continue;
      if (!features.program_type(type).is_yes() || type == ProgramType::ext ||
          type == ProgramType::lsm)
        continue;
      for (std::int32_t id = 1; !isa::helper_name(id).empty(); ++id) {
        const auto name = isa::helper_name(id);
        if (loud.contains(name)) continue;
        const auto answer = features.helper(type, id);
        if (answer.is_yes()) {
          ++found;
          // It asks no more than 6.1 has, and of these types nothing.
          const bool asked =
              type != ProgramType::tracing && type != ProgramType::struct_ops && id < 210;
          EXPECT_TRUE(!asked || all.contains(std::string(name))) << key << " " << name;
        } else {
          ++denied;
          EXPECT_TRUE(answer.is_no()) << key << " " << name << ": " << answer.reason;
          EXPECT_THAT(answer.reason,
                      testing::AnyOf(HasSubstr("cannot use helper"), HasSubstr("unknown func"),
                                     HasSubstr("invalid func")));
        }
      }
    }
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(denied, 1000U);
}

// libbpf 1.5 words its questions as we do; it has none for programs that hang on a BTF id.
TEST(Features, AnswersAreThoseOfLibbpf) {
  std::int32_t helpers = 0;
  while (!isa::helper_name(helpers + 1).empty()) ++helpers;
  std::FILE* pipe =
      ::popen(fmt::format("{} 32 33 {}", SKEP_TEST_LIBBPF_PROBES, helpers).c_str(), "r");
  Features features;
  std::map<std::string, std::size_t> compared;
  std::set<std::uint32_t> unasked;
  char what[16];
  for (unsigned type = 0; std::fscanf(pipe, "%15s %u", what, &type) == 2;) {
    int id = 0, found = 0;
    const bool is_helper = what == std::string_view("helper");
    ASSERT_EQ(std::fscanf(pipe, is_helper ? "%d %d" : "%d", is_helper ? &id : &found, &found),
              is_helper ? 2 : 1);
    const auto program = static_cast<ProgramType>(type);
    const auto ours = is_helper ? features.helper(program, id)
                      : what == std::string_view("program")
                          ? features.program_type(program)
                          : features.map_type(static_cast<MapType>(type));
    if (found < 0) {
      unasked.insert(type);
      continue;
    }
    // It looks for an errno that 6.1 does not give; we make such a map.
    if (what == std::string_view("map") && type == 26) continue;
    // It knows tracing programs by a complaint of the verifier that this kernel words anew.
    if (!is_helper && what == std::string_view("program") && program == ProgramType::tracing) {
      continue;
    }
    EXPECT_EQ(ours.is_yes(), found == 1)
        << what << " " << type << " " << isa::helper_name(id) << ": " << ours.reason;
    ++compared[what];
  }
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(compared["map"], 32U);
  EXPECT_GE(compared["program"], 31U);
  EXPECT_GT(compared["helper"], 5000U);
}

TEST(Features, HelpersThatEverybodyKnows) {
  Features features;
  EXPECT_TRUE(features.helper(ProgramType::xdp, "bpf_xdp_adjust_tail").is_yes());
  EXPECT_TRUE(features.helper(ProgramType::xdp, "bpf_skb_change_tail").is_no());
  EXPECT_TRUE(features.helper(ProgramType::sched_cls, "bpf_skb_change_tail").is_yes());
  EXPECT_TRUE(features.helper(ProgramType::tracing, "bpf_get_current_task_btf").is_yes());
  EXPECT_TRUE(features.helper(ProgramType::syscall, "bpf_sys_bpf").is_yes());
  EXPECT_TRUE(features.helper(ProgramType::socket_filter, "bpf_sys_bpf").is_no());
  EXPECT_THAT(features.helper(ProgramType::xdp, "bpf_no_such").reason, HasSubstr("no kernel has"));
  EXPECT_TRUE(features.helper(ProgramType::xdp, 99'999).is_no());
}

TEST(Features, FunctionsOfTheKernel) {
  Features features;
  const struct {
    ProgramType type;
    const char* name;
  } cases[] = {{ProgramType::tracing, "bpf_task_acquire"},
               {ProgramType::xdp, "bpf_xdp_metadata_rx_hash"},
               {ProgramType::sched_cls, "bpf_dynptr_from_skb"}};
  for (const auto& one : cases) {
    EXPECT_EQ(features.kfunc(one.type, one.name).is_yes(), has_function(one.name)) << one.name;
  }
  const auto other = features.kfunc(ProgramType::socket_filter, "tcp_slow_start");
  EXPECT_TRUE(other.is_no());
  EXPECT_THAT(other.reason, HasSubstr("not allowed"));
  const auto plain = features.kfunc(ProgramType::xdp, "ip_rcv");  // a function, and no kfunc
  EXPECT_TRUE(plain.is_no()) << plain.reason;
  EXPECT_THAT(features.kfunc(ProgramType::xdp, "skep_none").reason,
              HasSubstr("neither the kernel"));
}

TEST(Features, AttachTypesAndLinks) {
  using object::AttachType;
  Features features;
  const auto can = [&](ProgramType type, AttachType how) {
    const auto answer = features.attach_type(type, static_cast<std::uint32_t>(how));
    EXPECT_EQ(answer.is_yes(), answer.reason.empty()) << answer.reason;
    return answer.is_yes();
  };
  const auto expect = [&](ProgramType type, AttachType how) {
    EXPECT_EQ(can(type, how), knows("bpf_attach_type", static_cast<std::uint32_t>(how)))
        << name_of(type) << " " << static_cast<std::uint32_t>(how);
  };
  expect(ProgramType::cgroup_skb, AttachType::cgroup_inet_egress);
  expect(ProgramType::cgroup_sock_addr, AttachType::cgroup_unix_connect);
  expect(ProgramType::cgroup_sockopt, AttachType::cgroup_setsockopt);
  expect(ProgramType::sched_cls, AttachType::tcx_ingress);
  expect(ProgramType::sched_cls, AttachType::none);
  expect(ProgramType::xdp, AttachType::xdp_cpumap);
  expect(ProgramType::sk_skb, AttachType::sk_skb_verdict);
  expect(ProgramType::sk_lookup, AttachType::sk_lookup);
  expect(ProgramType::netfilter, AttachType::netfilter);
  expect(ProgramType::tracing, AttachType::trace_iter);
  expect(ProgramType::kprobe, AttachType::trace_uprobe_multi);
  expect(ProgramType::perf_event, AttachType::perf_event);
  EXPECT_FALSE(can(ProgramType::cgroup_skb, AttachType::cgroup_sysctl));
  EXPECT_FALSE(can(ProgramType::sk_lookup, AttachType::xdp));
  EXPECT_FALSE(can(ProgramType::sched_cls, AttachType::sk_msg_verdict));
  EXPECT_FALSE(can(ProgramType::xdp, static_cast<AttachType>(4000)));
  EXPECT_FALSE(can(ProgramType::lirc_mode2, AttachType::lirc_mode2));
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(LinkType::sockmap); ++i) {
    const auto type = static_cast<LinkType>(i);
    const auto answer = features.link(type);
    // A kernel may be built without kprobes and netkit.
    const bool optional = type == LinkType::kprobe_multi || type == LinkType::netkit;
    if (optional && answer.is_no()) continue;
    // That one was in the list long before there were such links (6.4).
    const bool expected = type == LinkType::struct_ops ? has_struct("bpf_struct_ops_link")
                                                       : knows("bpf_link_type", i);
    EXPECT_EQ(answer.is_yes(), expected) << name_of(type) << ": " << answer.reason;
  }
  EXPECT_EQ(features.link(static_cast<LinkType>(99)).answer, Support::Answer::unknown);
}

// Nobody's hook is touched, and nothing stays.
TEST(Features, NothingIsLeftBehind) {
  test::FaultySyscalls sys;
  {
    Features features(&sys);
    for (std::uint32_t i = 1; i <= 33; ++i) {
      static_cast<void>(features.program_type(static_cast<ProgramType>(i)));
      static_cast<void>(features.map_type(static_cast<MapType>(i)));
      static_cast<void>(features.link(static_cast<LinkType>(i)));
    }
  }
  EXPECT_GT(sys.made.size(), 40U);
  for (const auto& one : sys.made) EXPECT_TRUE(test::is_gone(one.thing, one.id));
}

// What is refused for another reason is no "no".
TEST(Features, WhatCannotBeAskedIsUnknown) {
  class Full final : public test::FaultySyscalls {
    long bpf(std::uint32_t, void*, std::uint32_t) override { return -ENOMEM; }
  } sys;
  Features features(&sys);
  for (const auto& answer :
       {features.program_type(ProgramType::xdp), features.map_type(MapType::hash),
        features.helper(ProgramType::xdp, 1), features.kfunc(ProgramType::xdp, "bpf_task_acquire"),
        features.link(LinkType::cgroup), features.link(LinkType::uprobe_multi)}) {
    EXPECT_EQ(answer.answer, Support::Answer::unknown) << answer.reason;
    EXPECT_THAT(answer.reason, testing::AnyOf(HasSubstr("ENOMEM")));
  }
}

}  // namespace
}  // namespace skep
