// SPDX-License-Identifier: MIT OR GPL-2.0-only
// From where to where each packet of IPv4 goes that an interface receives.
//   skep run tc_addresses.bpf.c --iface eth0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct packet {
	__u8 source[4], dest[4]; /* as they are written */
	__u8 protocol;
	__u8 ttl;
};

SKEP_STREAM(packets, struct packet, 64 * 1024);

SEC("tcx/ingress")
int show(struct __sk_buff *skb)
{
	struct packet *packet;
	struct iphdr ip;

	/* A copy, wherever the packet lies; its header alone is reached without one. */
	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return TC_ACT_OK;
	packet = skep_reserve(packets);
	if (!packet)
		return TC_ACT_OK;
	__builtin_memcpy(packet->source, &ip.saddr, 4);
	__builtin_memcpy(packet->dest, &ip.daddr, 4);
	packet->protocol = ip.protocol;
	packet->ttl = ip.ttl;
	skep_submit(packet);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
