// skep/context.hpp: what programs are given as their context, for test runs (skep/test_run.hpp).
//
// The kernel's own structs of include/uapi/linux/bpf.h under names of their own, so that no kernel
// header is needed: same members, same places. Numbers are in host byte order where nothing else is
// said. What a newer kernel has behind the end is missing here; bytes that an older one does not
// know must be zero.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)
namespace skep {

// struct xdp_md: xdp. What a test run makes of it: TestRun::context.
struct XdpMd {
  std::uint32_t data = 0;
  std::uint32_t data_end = 0;
  std::uint32_t data_meta = 0;
  std::uint32_t ingress_ifindex = 0;
  std::uint32_t rx_queue_index = 0;
  std::uint32_t egress_ifindex = 0;  // kernel 5.8
};
static_assert(sizeof(XdpMd) == 24);

// struct __sk_buff: sched_cls, sched_act, socket_filter, cgroup_skb, lwt_*. A test run lets mark,
// priority, ingress_ifindex, ifindex, cb, data_end, tstamp, wire_len, gso_segs, gso_size and
// hwtstamp be set; all else must be 0 there.
struct SkBuff {
  std::uint32_t len = 0;
  std::uint32_t pkt_type = 0;
  std::uint32_t mark = 0;
  std::uint32_t queue_mapping = 0;
  std::uint32_t protocol = 0;  // big-endian
  std::uint32_t vlan_present = 0;
  std::uint32_t vlan_tci = 0;
  std::uint32_t vlan_proto = 0;  // big-endian
  std::uint32_t priority = 0;
  std::uint32_t ingress_ifindex = 0;
  std::uint32_t ifindex = 0;
  std::uint32_t tc_index = 0;
  std::array<std::uint32_t, 5> cb{};
  std::uint32_t hash = 0;
  std::uint32_t tc_classid = 0;
  std::uint32_t data = 0;
  std::uint32_t data_end = 0;
  std::uint32_t napi_id = 0;
  std::uint32_t family = 0;
  std::uint32_t remote_ip4 = 0;               // big-endian
  std::uint32_t local_ip4 = 0;                // big-endian
  std::array<std::uint32_t, 4> remote_ip6{};  // big-endian
  std::array<std::uint32_t, 4> local_ip6{};   // big-endian
  std::uint32_t remote_port = 0;              // big-endian
  std::uint32_t local_port = 0;               // host byte order
  std::uint32_t data_meta = 0;
  std::uint64_t flow_keys = 0;  // a pointer of the kernel
  std::uint64_t tstamp = 0;     // ns
  std::uint32_t wire_len = 0;   // bytes
  std::uint32_t gso_segs = 0;
  std::uint64_t sk = 0;        // a pointer of the kernel
  std::uint32_t gso_size = 0;  // bytes; kernel 5.7
  std::uint8_t tstamp_type = 0;
  std::array<std::uint8_t, 3> padding{};
  std::uint64_t hwtstamp = 0;  // ns; kernel 5.16
};
static_assert(sizeof(SkBuff) == 192 && offsetof(SkBuff, flow_keys) == 144);

// struct bpf_sk_lookup: sk_lookup. To a test run all up to local_port may be said, and the cookie
// must be 0; afterwards it is the cookie of the socket that the program chose, or 0.
struct SkLookup {
  std::uint64_t cookie = 0;
  std::uint32_t family = 0;                   // AF_INET, AF_INET6
  std::uint32_t protocol = 0;                 // IPPROTO_TCP, IPPROTO_UDP
  std::uint32_t remote_ip4 = 0;               // big-endian
  std::array<std::uint32_t, 4> remote_ip6{};  // big-endian
  std::uint16_t remote_port = 0;              // big-endian
  std::uint16_t padding = 0;
  std::uint32_t local_ip4 = 0;               // big-endian
  std::array<std::uint32_t, 4> local_ip6{};  // big-endian
  std::uint32_t local_port = 0;              // host byte order
  std::uint32_t ingress_ifindex = 0;
  std::uint32_t padding_after = 0;
};
static_assert(sizeof(SkLookup) == 72 && offsetof(SkLookup, local_port) == 60);

// struct bpf_flow_keys: flow_dissector. To a test run only `flags` may be said; what the program
// found comes back as the data.
struct FlowKeys {
  std::uint16_t nhoff = 0;  // bytes from the beginning to the network header
  std::uint16_t thoff = 0;  // and to the transport header
  std::uint16_t addr_proto = 0;
  std::uint8_t is_frag = 0;
  std::uint8_t is_first_frag = 0;
  std::uint8_t is_encap = 0;
  std::uint8_t ip_proto = 0;
  std::uint16_t n_proto = 0;                 // big-endian
  std::uint16_t sport = 0;                   // big-endian
  std::uint16_t dport = 0;                   // big-endian
  std::array<std::uint8_t, 32> addresses{};  // IPv4: source and destination, 8 bytes; IPv6: all
  std::uint32_t flags = 0;                   // BPF_FLOW_DISSECTOR_F_*
  std::uint32_t flow_label = 0;              // big-endian
};
static_assert(sizeof(FlowKeys) == 56 && offsetof(FlowKeys, flags) == 48);

// struct nf_hook_state (include/linux/netfilter.h): netfilter. A test run takes hook and protocol
// family; the pointers must be 0. Not a promise of the kernel, unlike the others: checked against
// its types by the tests.
struct NfHookState {
  std::uint8_t hook = 0;             // NF_INET_*
  std::uint8_t protocol_family = 0;  // NFPROTO_IPV4 (2), NFPROTO_IPV6 (10)
  std::array<std::uint8_t, 6> padding{};
  std::uint64_t in = 0, out = 0, sk = 0, net = 0, okfn = 0;
};
static_assert(sizeof(NfHookState) == 48);

}  // namespace skep
#pragma GCC visibility pop
