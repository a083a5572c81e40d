// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Says hello to each echo request, and lets it through or, with --drop-pings, not: then ping gets no
// answer, and everything else does.
//   skep run xdp_ping.bpf.c --iface lo
//   skep run xdp_ping.bpf.c --iface lo --drop-pings
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile _Bool drop_pings = 0;

static __always_inline int is_ping(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct icmphdr *icmp = (void *)(ip + 1);

	if ((void *)(icmp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	return ip->ihl == 5 && ip->protocol == IPPROTO_ICMP && icmp->type == ICMP_ECHO;
}

SEC("xdp")
int ping(struct xdp_md *ctx)
{
	if (!is_ping(ctx))
		return XDP_PASS;
	bpf_printk("Hello ping");
	return drop_pings ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
