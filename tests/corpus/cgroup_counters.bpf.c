// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What a control group sends, by port: packets and bytes behind a spin lock.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct port_key {
	__be16 dport;
};

struct traffic {
	struct bpf_spin_lock lock;
	__u32 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct port_key);
	__type(value, struct traffic);
} sent SEC(".maps");

SEC("cgroup_skb/egress")
int count_egress(struct __sk_buff *skb)
{
	struct traffic fresh = {}, *traffic;
	struct port_key key = {};
	struct iphdr ip;

	if (skb->protocol != bpf_htons(0x0800) || bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) < 0)
		return 1;
	if (ip.protocol != IPPROTO_UDP || ip.ihl != 5)
		return 1;
	if (bpf_skb_load_bytes(skb, sizeof(ip) + 2, &key.dport, sizeof(key.dport)) < 0)
		return 1;
	bpf_map_update_elem(&sent, &key, &fresh, BPF_NOEXIST);
	traffic = bpf_map_lookup_elem(&sent, &key);
	if (!traffic)
		return 1;
	bpf_spin_lock(&traffic->lock);
	traffic->packets++;
	traffic->bytes += skb->len;
	bpf_spin_unlock(&traffic->lock);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
