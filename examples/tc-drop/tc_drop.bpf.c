// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nothing that an interface receives gets beyond traffic control; or, with --only-pings, nothing but
// echo requests is stopped.
//   skep run tc_drop.bpf.c --iface eth0
//   skep run tc_drop.bpf.c --iface eth0 --only-pings
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile _Bool only_pings = 0;

static __always_inline int is_ping(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct icmphdr *icmp = (void *)(ip + 1);

	if ((void *)(icmp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_ICMP || icmp->type != ICMP_ECHO)
		return 0;
	bpf_printk("echo request to %pI4", &ip->daddr);
	return 1;
}

SEC("tcx/ingress")
int drop(struct __sk_buff *skb)
{
	return !only_pings || is_ping(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
