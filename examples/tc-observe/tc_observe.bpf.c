// SPDX-License-Identifier: MIT OR GPL-2.0-only
// One row for each packet that passes an interface, with its direction. Traffic is not touched.
//   skep run tc_observe.bpf.c --iface eth0
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

enum direction { ingress, egress };

struct packet {
	enum direction direction;
	__u32 length;   /* bytes */
	__u16 protocol; /* EtherType, host byte order */
};

SKEP_STREAM(packets, struct packet, 64 * 1024);

static __always_inline int seen(struct __sk_buff *skb, enum direction direction)
{
	struct packet *packet = skep_reserve(packets);

	if (packet) {
		packet->direction = direction;
		packet->length = skb->len;
		packet->protocol = bpf_ntohs(skb->protocol);
		skep_submit(packet);
	}
	return TC_ACT_OK;
}

SEC("tcx/ingress")
int on_ingress(struct __sk_buff *skb)
{
	return seen(skb, ingress);
}

SEC("tcx/egress")
int on_egress(struct __sk_buff *skb)
{
	return seen(skb, egress);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
