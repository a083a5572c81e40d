// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Sends each packet back to where it came from. How a program is tried out on packets of a file,
// without a hook and without a card:
//   test-run packets.pcap
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int mac_swap(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__u8 source[ETH_ALEN];

	if ((void *)(ethernet + 1) > end)
		return XDP_DROP;
	__builtin_memcpy(source, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, source, ETH_ALEN);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
