// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Answers echo requests at traffic control: the network stack never sees one, and ping gets its
// replies.
//   skep run tc_pingpong.bpf.c --iface eth0
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ICMP_AT (ETH_HLEN + sizeof(struct iphdr))

static __always_inline int is_ping(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct icmphdr *icmp = (void *)(ip + 1);

	if ((void *)(icmp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	return ip->ihl == 5 && ip->protocol == IPPROTO_ICMP && icmp->type == ICMP_ECHO;
}

/* Swapping source and destination leaves the sum over the IP header as it was. */
static __always_inline void turn_around(struct __sk_buff *skb)
{
	__u8 source[ETH_ALEN], dest[ETH_ALEN];
	__be32 from, to;

	bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_source), source, ETH_ALEN);
	bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_dest), dest, ETH_ALEN);
	bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_source), dest, ETH_ALEN, 0);
	bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_dest), source, ETH_ALEN, 0);
	bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, saddr), &from, 4);
	bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, daddr), &to, 4);
	bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, saddr), &to, 4, 0);
	bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, daddr), &from, 4, 0);
}

SEC("tcx/ingress")
int pingpong(struct __sk_buff *skb)
{
	__u8 request = ICMP_ECHO, reply = ICMP_ECHOREPLY;

	if (!is_ping(skb))
		return TC_ACT_OK;
	turn_around(skb);
	/* Type and code are one word of the sum: in network byte order the type is its high half. */
	bpf_l4_csum_replace(skb, ICMP_AT + offsetof(struct icmphdr, checksum),
			    bpf_htons(request << 8), bpf_htons(reply << 8), 2);
	bpf_skb_store_bytes(skb, ICMP_AT + offsetof(struct icmphdr, type), &reply, 1, 0);
	bpf_printk("echo request answered");
	/* A copy goes back out; the request itself ends here. */
	bpf_clone_redirect(skb, skb->ifindex, 0);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
