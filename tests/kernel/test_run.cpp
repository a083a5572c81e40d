// Programs that the kernel runs without a hook: each type that it can run, and each rule it has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sched.h>

#include <cstddef>
#include <map>
#include <optional>

#include "kernel/host.hpp"
#include "kernel/network.hpp"
#include "kernel/support.hpp"
#include "skep/features.hpp"

namespace skep {
namespace {

using testing::HasSubstr;

// The own structs are the kernel's.
#define SKEP_SAME(OURS, THEIRS, MEMBER)                               \
  static_assert(offsetof(OURS, MEMBER) == offsetof(THEIRS, MEMBER) && \
                sizeof(OURS::MEMBER) == sizeof(THEIRS::MEMBER))
static_assert(sizeof(XdpMd) == sizeof(xdp_md) && sizeof(SkBuff) == sizeof(__sk_buff) &&
              sizeof(SkLookup) == sizeof(bpf_sk_lookup) &&
              sizeof(FlowKeys) == sizeof(bpf_flow_keys));
SKEP_SAME(XdpMd, xdp_md, data);
SKEP_SAME(XdpMd, xdp_md, data_end);
SKEP_SAME(XdpMd, xdp_md, data_meta);
SKEP_SAME(XdpMd, xdp_md, ingress_ifindex);
SKEP_SAME(XdpMd, xdp_md, rx_queue_index);
SKEP_SAME(XdpMd, xdp_md, egress_ifindex);
SKEP_SAME(SkBuff, __sk_buff, len);
SKEP_SAME(SkBuff, __sk_buff, pkt_type);
SKEP_SAME(SkBuff, __sk_buff, mark);
SKEP_SAME(SkBuff, __sk_buff, queue_mapping);
SKEP_SAME(SkBuff, __sk_buff, protocol);
SKEP_SAME(SkBuff, __sk_buff, vlan_present);
SKEP_SAME(SkBuff, __sk_buff, vlan_tci);
SKEP_SAME(SkBuff, __sk_buff, vlan_proto);
SKEP_SAME(SkBuff, __sk_buff, priority);
SKEP_SAME(SkBuff, __sk_buff, ingress_ifindex);
SKEP_SAME(SkBuff, __sk_buff, ifindex);
SKEP_SAME(SkBuff, __sk_buff, tc_index);
SKEP_SAME(SkBuff, __sk_buff, cb);
SKEP_SAME(SkBuff, __sk_buff, hash);
SKEP_SAME(SkBuff, __sk_buff, tc_classid);
SKEP_SAME(SkBuff, __sk_buff, data);
SKEP_SAME(SkBuff, __sk_buff, data_end);
SKEP_SAME(SkBuff, __sk_buff, napi_id);
SKEP_SAME(SkBuff, __sk_buff, family);
SKEP_SAME(SkBuff, __sk_buff, remote_ip4);
SKEP_SAME(SkBuff, __sk_buff, local_ip4);
SKEP_SAME(SkBuff, __sk_buff, remote_ip6);
SKEP_SAME(SkBuff, __sk_buff, local_ip6);
SKEP_SAME(SkBuff, __sk_buff, remote_port);
SKEP_SAME(SkBuff, __sk_buff, local_port);
SKEP_SAME(SkBuff, __sk_buff, data_meta);
SKEP_SAME(SkBuff, __sk_buff, flow_keys);
SKEP_SAME(SkBuff, __sk_buff, tstamp);
SKEP_SAME(SkBuff, __sk_buff, wire_len);
SKEP_SAME(SkBuff, __sk_buff, gso_segs);
SKEP_SAME(SkBuff, __sk_buff, sk);
SKEP_SAME(SkBuff, __sk_buff, gso_size);
SKEP_SAME(SkBuff, __sk_buff, hwtstamp);
SKEP_SAME(SkLookup, bpf_sk_lookup, cookie);
SKEP_SAME(SkLookup, bpf_sk_lookup, family);
SKEP_SAME(SkLookup, bpf_sk_lookup, protocol);
SKEP_SAME(SkLookup, bpf_sk_lookup, remote_ip4);
SKEP_SAME(SkLookup, bpf_sk_lookup, remote_ip6);
SKEP_SAME(SkLookup, bpf_sk_lookup, remote_port);
SKEP_SAME(SkLookup, bpf_sk_lookup, local_ip4);
SKEP_SAME(SkLookup, bpf_sk_lookup, local_ip6);
SKEP_SAME(SkLookup, bpf_sk_lookup, local_port);
SKEP_SAME(SkLookup, bpf_sk_lookup, ingress_ifindex);
SKEP_SAME(FlowKeys, bpf_flow_keys, nhoff);
SKEP_SAME(FlowKeys, bpf_flow_keys, thoff);
SKEP_SAME(FlowKeys, bpf_flow_keys, addr_proto);
SKEP_SAME(FlowKeys, bpf_flow_keys, is_frag);
SKEP_SAME(FlowKeys, bpf_flow_keys, is_first_frag);
SKEP_SAME(FlowKeys, bpf_flow_keys, is_encap);
SKEP_SAME(FlowKeys, bpf_flow_keys, ip_proto);
SKEP_SAME(FlowKeys, bpf_flow_keys, n_proto);
SKEP_SAME(FlowKeys, bpf_flow_keys, sport);
SKEP_SAME(FlowKeys, bpf_flow_keys, dport);
SKEP_SAME(FlowKeys, bpf_flow_keys, flags);
SKEP_SAME(FlowKeys, bpf_flow_keys, flow_label);
static_assert(offsetof(FlowKeys, addresses) == offsetof(bpf_flow_keys, ipv4_src));
#undef SKEP_SAME

// An Ethernet frame of that type with `length` bytes behind its header; those of an IPv4 header are
// right as far as the kernel looks.
std::vector<std::byte> frame(std::size_t length, unsigned type = ETH_P_IP) {
  std::vector<std::byte> out(ETH_HLEN + length);
  out[12] = std::byte(type >> 8);
  out[13] = std::byte(type & 0xff);
  if (length > 0) out[14] = std::byte(type == ETH_P_IPV6 ? 0x60 : 0x45);
  return out;
}

class TestRunOf : public testing::Test {
 protected:
  void load(std::string_view program, std::string_view from = "test_run") {
    object.reset();
    auto spec = test::spec_of(from);
    for (auto& one : spec.programs) one.autoload = program.empty() || one.name == program;
    auto loaded = Object::load(std::move(spec));
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    object.emplace(*std::move(loaded));
  }
  TestRunResult run(std::string_view program, const TestRun& how) {
    load(program);
    return again(how);
  }
  TestRunResult again(const TestRun& how) {
    if (!object) return {};
    auto result = object->programs()[0].run(how);
    if (!result) {
      ADD_FAILURE() << test::text_of(result.error());
      return {};
    }
    return *std::move(result);
  }
  // What the kernel refuses, and the reason that skep finds.
  void expect_refused(const TestRun& how, const std::string& reason,
                      ErrorKind kind = ErrorKind::invalid_argument) {
    ASSERT_TRUE(object);
    const auto result = object->programs()[0].run(how);
    ASSERT_FALSE(result) << reason;
    EXPECT_EQ(result.error().kind(), kind) << result.error().message();
    EXPECT_THAT(result.error().message(), HasSubstr(reason));
  }
  std::uint32_t seen(std::size_t index) {
    return test::value_of<std::array<std::uint32_t, 4>>(*object, "seen").at(index);
  }
  std::uint64_t runs() { return test::value_of<std::uint64_t>(*object, "runs"); }

  std::optional<Object> object;
};

TEST_F(TestRunOf, XdpSeesTheFrameAndChangesIt) {
  const auto in = frame(60);
  const auto out = run("on_xdp", {.data = in, .repeat = 1});
  EXPECT_EQ(out.return_value, static_cast<std::uint32_t>(XDP_TX));
  EXPECT_EQ(seen(0), 74U);
  EXPECT_EQ(seen(2), 1U);  // lo
  EXPECT_EQ(runs(), 1U);
  ASSERT_EQ(out.data.size(), 78U);
  EXPECT_FALSE(out.is_cut());
  EXPECT_EQ(out.data[13], std::byte{0x99});
  EXPECT_EQ(out.data[14], in[14]);
}

TEST_F(TestRunOf, XdpTakesMetadataAndGivesThemBack) {
  auto in = frame(60);
  in.insert(in.begin(), {std::byte{1}, std::byte{2}, std::byte{0}, std::byte{0}});
  const auto out = run("on_xdp", {.data = in, .context = XdpMd{.data = 4, .ingress_ifindex = 1}});
  EXPECT_EQ(seen(0), 74U);
  EXPECT_EQ(seen(1), 4U);
  EXPECT_EQ(seen(3), 0x0201U);
  EXPECT_EQ(out.data.size(), 82U);
  const auto context = out.context_as<XdpMd>();
  ASSERT_TRUE(context);
  EXPECT_EQ(context->data, 4U);
  EXPECT_EQ(context->data_end, 82U);
  const auto packet = frame(60);
  const auto put = run("on_xdp_meta", {.data = packet, .context = XdpMd{.data_end = 74}});
  ASSERT_TRUE(put.context_as<XdpMd>());
  EXPECT_EQ(put.context_as<XdpMd>()->data, 8U);
  EXPECT_EQ(put.data_as<std::uint64_t>(), 0x1122334455667788U);
}

TEST_F(TestRunOf, EveryRunOfARepeatSeesWhatTheLastOneLeft) {
  const auto in = frame(60);
  const auto out = run("on_xdp", {.data = in, .repeat = 10});
  EXPECT_EQ(runs(), 10U);
  EXPECT_EQ(seen(0), 74U + 9 * 4);
  EXPECT_EQ(out.data.size(), 74U + 10 * 4);
  EXPECT_GT(out.duration.count(), 0);
}

TEST_F(TestRunOf, AResultLongerThanAskedForIsCutAndSaysSo) {
  const auto in = frame(60);
  const auto out = run("on_tc", {.data = in, .most_data = 50});
  EXPECT_EQ(runs(), 1U);
  EXPECT_EQ(out.data.size(), 50U);
  EXPECT_EQ(out.data_size, 174U);
  EXPECT_TRUE(out.is_cut());
  EXPECT_EQ(static_cast<std::int32_t>(out.return_value), -1);
  EXPECT_TRUE(out.context.empty());
  const auto none = again({.data = in, .most_data = 0});
  EXPECT_TRUE(none.data.empty());
}

TEST_F(TestRunOf, XdpFragsTakesMoreThanAPage) {
  const auto in = frame(9000);
  const auto out = run("on_frags", {.data = in});
  EXPECT_EQ(out.return_value, static_cast<std::uint32_t>(XDP_DROP));
  EXPECT_EQ(seen(0), 9014U);
  EXPECT_LT(seen(1), 4096U);
  EXPECT_EQ(out.data, in);
  expect_refused({.data = in, .live_frames = true}, "9014 bytes, more than fit into a page");
}

TEST_F(TestRunOf, LiveFramesGoThroughTheProgram) {
  const auto in = frame(60, 0x88b5);
  const auto out = run("on_live", {.data = in,
                                   .context = XdpMd{.ingress_ifindex = 1},
                                   .repeat = 1000,
                                   .live_frames = true,
                                   .batch = 32});
  EXPECT_EQ(runs(), 1000U);
  EXPECT_EQ(seen(0), 1U);
  EXPECT_EQ(seen(1), 0x88b5U);
  EXPECT_TRUE(out.data.empty());
  EXPECT_TRUE(out.context.empty());
  expect_refused({.data = in, .live_frames = true, .batch = 257}, "256 frames at most, not 257");
  expect_refused({.data = in, .batch = 5}, "batch goes with live_frames only");
}

TEST_F(TestRunOf, TcSeesAndChangesItsContext) {
  const auto in = frame(60);
  const auto out = run("on_tc", {.data = in,
                                 .context = SkBuff{.mark = 41,
                                                   .priority = 3,
                                                   .ifindex = 1,
                                                   .cb = {10, 0, 0, 0, 0},
                                                   .tstamp = 12345,
                                                   .wire_len = 100,
                                                   .gso_segs = 2}});
  EXPECT_EQ(static_cast<std::int32_t>(out.return_value), -1);
  EXPECT_EQ(seen(0), 74U);
  EXPECT_EQ(seen(1), 41U);
  EXPECT_EQ(seen(2), 1U);
  EXPECT_EQ(seen(3), htons(ETH_P_IP));
  const auto context = out.context_as<SkBuff>();
  ASSERT_TRUE(context);
  EXPECT_EQ(context->mark, 42U);
  EXPECT_EQ(context->priority, 7U);
  EXPECT_EQ(context->cb[4], 11U);
  EXPECT_EQ(context->tstamp, 12345U);
  EXPECT_EQ(out.data.size(), 174U);
}

TEST_F(TestRunOf, OtherProgramsOfSocketBuffers) {
  const auto in = frame(60);
  const SkBuff context{.mark = 5, .wire_len = 200, .gso_segs = 3};
  EXPECT_EQ(run("on_action", {.data = in, .context = context}).return_value, 2U);
  EXPECT_EQ(seen(0), 74U);
  EXPECT_EQ(seen(1), 3U);
  EXPECT_EQ(seen(2), 200U);
  EXPECT_EQ(run("on_socket", {.data = in}).return_value, 60U);  // behind the Ethernet header
  const struct {
    const char* program;
    std::uint32_t result;
  } cases[] = {{"on_cgroup_in", 1},
               {"on_cgroup_out", 0},
               {"on_lwt_in", 128},
               {"on_lwt_out", 2},
               {"on_lwt_xmit", 7}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.program);
    const auto out = run(one.program, {.data = in, .context = context});
    EXPECT_EQ(out.return_value, one.result);
    EXPECT_EQ(seen(0), 60U);
    EXPECT_EQ(seen(1), static_cast<unsigned>(ETH_P_IP));
    EXPECT_EQ(seen(2), 5U);
    EXPECT_EQ(out.context_as<SkBuff>()->mark, 5U);
  }
}

TEST_F(TestRunOf, AFlowDissectorGivesItsKeysAsData) {
  const auto in = frame(60);
  const auto out = run("on_dissect", {.data = in, .context = FlowKeys{.flags = 4}});
  EXPECT_EQ(out.return_value, 0U);
  EXPECT_EQ(seen(0), 4U);
  EXPECT_EQ(seen(1), 14U);
  EXPECT_EQ(seen(2), static_cast<unsigned>(ETH_P_IP));
  const auto keys = out.data_as<FlowKeys>();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->nhoff, 14);
  EXPECT_EQ(keys->thoff, 34);
  EXPECT_EQ(keys->ip_proto, 17);
  EXPECT_EQ(keys->sport, htons(53));
  EXPECT_EQ(keys->addresses[0], 10);
  EXPECT_EQ(out.data.size(), 56U);
  expect_refused({.data = in, .context = FlowKeys{.nhoff = 3, .flow_label = 1}},
                 "nhoff and flow_label of the context must be 0");
}

TEST_F(TestRunOf, ASocketLookupTellsWhichSocketWasChosen) {
  const SkLookup question{.family = AF_INET,
                          .protocol = IPPROTO_UDP,
                          .remote_ip4 = htonl(0x7f000001),
                          .remote_port = htons(4000),
                          .local_ip4 = htonl(0x7f000001),
                          .local_port = 7};
  EXPECT_EQ(run("on_lookup", {.context = question, .repeat = 3}).return_value, 1U);
  EXPECT_EQ(runs(), 3U);
  EXPECT_EQ(seen(0), 7U);
  EXPECT_EQ(seen(1), 4000U);
  EXPECT_EQ(seen(2), static_cast<unsigned>(IPPROTO_UDP));
  EXPECT_EQ(seen(3), htonl(0x7f000001));
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(test::bind_to(socket, 0), 0);
  const std::uint32_t key = 0;
  const std::uint64_t value = static_cast<std::uint64_t>(socket.get());
  const auto put =
      (*object->map("sockets"))
          ->update(std::as_bytes(std::span(&key, 1)), std::as_bytes(std::span(&value, 1)));
  ASSERT_TRUE(put) << test::text_of(put.error());
  const auto out = again({.context = question});
  EXPECT_EQ(out.return_value, 1U);
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  ASSERT_EQ(::getsockopt(socket.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
  ASSERT_TRUE(out.context_as<SkLookup>());
  EXPECT_EQ(out.context_as<SkLookup>()->cookie, cookie);
  auto dropped = question;
  dropped.local_port = 8;
  EXPECT_EQ(again({.context = dropped}).return_value, 0U);
  EXPECT_EQ(again({.context = dropped}).context_as<SkLookup>()->cookie, 0U);
}

TEST_F(TestRunOf, ASocketLookupsContextHasRules) {
  load("on_lookup");
  const SkLookup good{.family = AF_INET, .protocol = IPPROTO_UDP, .local_port = 8};
  expect_refused({}, "it needs an SkLookup as context");
  auto bad = good;
  bad.cookie = 1;
  bad.ingress_ifindex = 1;
  expect_refused({.context = bad}, "cookie and ingress_ifindex of the context must be 0");
  bad = good;
  bad.local_port = 70000;
  expect_refused({.context = bad}, "local_port is in host byte order, and 65535 at most");
  bad = good;
  bad.family = 99;
  expect_refused({.context = bad}, "family must be AF_INET (2) or AF_INET6 (10)");
  const auto packet = frame(60);
  expect_refused({.data = packet, .context = good}, "have no packet");
}

TEST_F(TestRunOf, ARawTracepointIsGivenItsArguments) {
  EXPECT_EQ(run("on_raw", {.context = Arguments{30, 12}}).return_value, 42U);
  EXPECT_EQ(seen(0), 30U);
  EXPECT_EQ(seen(1), 12U);
  cpu_set_t cpus;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(cpus), &cpus), 0);
  for (std::uint32_t cpu = 0; cpu < 2; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus)) continue;
    again({.context = Arguments{1, 2}, .cpu = cpu});
    EXPECT_EQ(seen(2), cpu);
  }
  expect_refused({.context = Arguments{1}}, "1 arguments are fewer than the program reads");
  expect_refused({.context = Arguments(13)}, "13 arguments, of 12 at most");
  expect_refused({}, "it needs Arguments as context");
  expect_refused({.context = Arguments{1, 2}, .cpu = 100'000}, "CPU 100000 is not online",
                 ErrorKind::not_found);
  expect_refused({.context = Arguments{1, 2}, .repeat = 5}, "once a call");
}

TEST_F(TestRunOf, ASyscallProgramAnswersInItsContext) {
  struct Sum {
    std::uint32_t left = 0, right = 0, sum = 0;
  };
  const auto out = run("on_syscall", {.context = context_bytes(Sum{40, 2})});
  EXPECT_EQ(out.return_value, 3U);
  ASSERT_TRUE(out.context_as<Sum>());
  EXPECT_EQ(out.context_as<Sum>()->sum, 42U);
  expect_refused({.context = SkBuff{}},
                 "the context of syscall programs is bytes, and what was given is an SkBuff");
}

TEST_F(TestRunOf, ANetfilterProgramSeesItsHook) {
  if (!Features().program_type(ProgramType::netfilter).is_yes()) {
    GTEST_SKIP() << "this kernel has no netfilter programs (6.4)";
  }
  const auto in = frame(60), ipv6 = frame(60, ETH_P_IPV6);
  load("on_netfilter", "test_run_netfilter");
  EXPECT_EQ(again({.data = in}).return_value, 1U);
  EXPECT_EQ(seen(0), 3U);  // NF_INET_LOCAL_OUT
  EXPECT_EQ(seen(1), 2U);
  again({.data = ipv6, .context = NfHookState{.hook = 1, .protocol_family = 10}, .repeat = 4});
  EXPECT_EQ(seen(0), 1U);
  EXPECT_EQ(seen(1), 10U);
  EXPECT_EQ(runs(), 5U);
  expect_refused({.data = in, .context = NfHookState{.hook = 1, .protocol_family = 10}},
                 "EtherType is not that of the context");
  expect_refused({.data = in, .context = NfHookState{.protocol_family = 7}},
                 "protocol_family of the context must be");
  expect_refused({.data = in, .context = NfHookState{.protocol_family = 2, .net = 1}},
                 "net of the context must be 0");
}

// Its layout is no promise of the kernel.
TEST_F(TestRunOf, NetfiltersStateIsThatOfThisKernel) {
  const auto types = kernel::read_kernel_types(kernel::real_syscalls());
  ASSERT_TRUE(types) << test::text_of(types.error());
  const auto state = types->find("nf_hook_state", btf::Kind::struct_);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->size(), sizeof(NfHookState));
  const std::map<std::string, std::size_t, std::less<>> places = {
      {"hook", offsetof(NfHookState, hook)}, {"pf", offsetof(NfHookState, protocol_family)},
      {"in", offsetof(NfHookState, in)},     {"out", offsetof(NfHookState, out)},
      {"sk", offsetof(NfHookState, sk)},     {"net", offsetof(NfHookState, net)},
      {"okfn", offsetof(NfHookState, okfn)},
  };
  EXPECT_EQ(state->vlen(), places.size());
  for (const auto& member : state->members()) {
    const auto place = places.find(member.name);
    ASSERT_NE(place, places.end()) << member.name;
    EXPECT_EQ(member.bit_offset, place->second * 8) << member.name;
  }
}

TEST_F(TestRunOf, StructOpsOfTheKernelsOwnTest) {
  load("", "test_run_ops");
  const Program& on_state = **object->program("on_state");
  std::int32_t state = 17;
  const auto changed =
      on_state.run({.context = Arguments{reinterpret_cast<std::uintptr_t>(&state)}});
  ASSERT_TRUE(changed) << test::text_of(changed.error());
  EXPECT_EQ(changed->return_value, 17U);
  EXPECT_EQ(state, 0x5a);
  const Program& on_arguments = **object->program("on_arguments");
  const auto added = on_arguments.run(
      {.context = Arguments{reinterpret_cast<std::uintptr_t>(&state), 1, 20, 3, 400}});
  ASSERT_TRUE(added) << test::text_of(added.error());
  EXPECT_EQ(added->return_value, 424U);
  const auto few = on_arguments.run({.context = Arguments{1, 2}});
  ASSERT_FALSE(few);
  EXPECT_THAT(few.error().message(), HasSubstr("the function does not have 2 arguments"));
}

TEST_F(TestRunOf, WhatTheKernelDoesNotRunIsSaid) {
  load("on_tracepoint");
  expect_refused({}, "this kernel cannot run tracepoint programs without their hook",
                 ErrorKind::unsupported);
  load("on_seg6local");
  expect_refused({}, "this kernel cannot run lwt_seg6local programs", ErrorKind::unsupported);
  load("on_devmap");
  const auto in = frame(60);
  expect_refused({.data = in}, "does not run programs of xdp/devmap");
}

TEST_F(TestRunOf, ThePacketHasRules) {
  load("on_tc");
  const auto in = frame(60), huge = frame(70'000);
  expect_refused({.data = std::span(in).first(13)},
                 "the packet has 13 bytes; the kernel wants 14 at least");
  expect_refused({}, "the packet has 0 bytes");
  expect_refused({.data = huge}, "the packet has 70014 bytes, more than fit into a page");
  expect_refused({.data = in, .live_frames = true}, "live_frames are for xdp programs");
  expect_refused({.data = in, .cpu = 1}, "cpu is for raw_tracepoint programs");
  expect_refused({.data = in, .repeat = 0}, "repeat is 0: once is 1");
  expect_refused({.data = in, .context = XdpMd{}},
                 "the context of sched_cls programs is an SkBuff, and what was given is an XdpMd");
}

TEST_F(TestRunOf, TheContextOfASocketBufferHasRules) {
  load("on_tc");
  const auto in = frame(60);
  expect_refused({.data = in, .context = SkBuff{.len = 5, .protocol = 8, .local_port = 1}},
                 "len, protocol and local_port of the context must be 0");
  expect_refused({.data = in, .context = SkBuff{.tstamp_type = 1}},
                 "tstamp_type of the context must be 0");
  expect_refused({.data = in, .context = SkBuff{.wire_len = 10}}, "less than the packet's 74");
  expect_refused({.data = in, .context = SkBuff{.gso_segs = 70000}}, "gso_segs");
  expect_refused({.data = in, .context = SkBuff{.ifindex = 987'654}}, "names an interface",
                 ErrorKind::not_found);
  std::vector<std::byte> longer(sizeof(SkBuff) + 64);
  EXPECT_EQ(again({.data = in, .context = longer}).data_size, 174U);
  longer.back() = std::byte{1};
  expect_refused({.data = in, .context = longer}, "members that this kernel does not know");
}

TEST_F(TestRunOf, TheContextOfXdpHasRules) {
  load("on_xdp");
  const auto in = frame(60);
  expect_refused({.data = in, .context = XdpMd{.data_end = 80}}, "the packet has 74 bytes");
  expect_refused({.data = in, .context = XdpMd{.data = 3, .data_end = 74}}, "a multiple of 4");
  expect_refused({.data = in, .context = XdpMd{.data_end = 74, .data_meta = 4}}, "data_meta");
  expect_refused({.data = in, .context = XdpMd{.data_end = 74, .egress_ifindex = 1}},
                 "egress_ifindex");
  expect_refused({.data = in, .context = XdpMd{.data_end = 74, .rx_queue_index = 1}},
                 "needs ingress_ifindex");
  expect_refused(
      {.data = in, .context = XdpMd{.data_end = 74, .ingress_ifindex = 1, .rx_queue_index = 99}},
      "no receive queue 99");
}

}  // namespace
}  // namespace skep
