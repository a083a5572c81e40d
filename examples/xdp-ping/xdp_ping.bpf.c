// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Says hello to each echo request and each reply, and lets requests through or, with --drop-pings,
// not: then ping gets no answer, and everything else does. On lo both come in, so that there are two
// lines for each ping, and one when it is dropped.
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

/* ICMP_ECHO, ICMP_ECHOREPLY …; -1 for what is no ICMP. */
static __always_inline int icmp_type_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct icmphdr *icmp = (void *)(ip + 1);

	if ((void *)(icmp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return -1;
	return ip->ihl == 5 && ip->protocol == IPPROTO_ICMP ? icmp->type : -1;
}

SEC("xdp")
int ping(struct xdp_md *ctx)
{
	switch (icmp_type_of(ctx)) {
	case ICMP_ECHO:
		bpf_printk("Hello ping");
		return drop_pings ? XDP_DROP : XDP_PASS;
	case ICMP_ECHOREPLY:
		bpf_printk("Hello reply");
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
