// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts IPv4 packets by their source, for the sixteen sources heard of last. Everything else passes
// uncounted.
//   skep run xdp_sources.bpf.c --iface eth0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16);
	__type(key, __be32);
	__type(value, __u64);
} sources SEC(".maps");

static __always_inline struct iphdr *ipv4_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);

	/* One check that reaches to the end of both: the verifier wants it before the first read. */
	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return NULL;
	return ip;
}

SEC("xdp")
int count_sources(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	__u64 one = 1, *count;
	__be32 source;

	if (!ip)
		return XDP_PASS;
	source = ip->saddr;
	count = bpf_map_lookup_elem(&sources, &source);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&sources, &source, &one, BPF_ANY);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
