// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The ports of each TCP segment that an interface receives.
//   skep run xdp_ports.bpf.c --iface lo
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct segment {
	__u16 source_port; /* host byte order, both */
	__u16 dest_port;
	__u8 syn, fin;
};

SKEP_STREAM(segments, struct segment, 64 * 1024);

SEC("xdp")
int ports(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct segment *seen;
	struct tcphdr *tcp;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	/* Options of IP move the TCP header. */
	tcp = (void *)ip + ip->ihl * 4;
	if (ip->protocol != IPPROTO_TCP || (void *)(tcp + 1) > end)
		return XDP_PASS;
	seen = skep_reserve(segments);
	if (!seen)
		return XDP_PASS;
	seen->source_port = bpf_ntohs(tcp->source);
	seen->dest_port = bpf_ntohs(tcp->dest);
	seen->syn = tcp->syn;
	seen->fin = tcp->fin;
	skep_submit(seen);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
