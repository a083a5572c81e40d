// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A line for each packet, with a number that is a global variable of the program.
//   skep run hello_xdp.bpf.c --iface lo
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

int counter = 0;

SEC("xdp")
int hello(struct xdp_md *ctx)
{
	bpf_printk("Hello World %d", counter);
	__sync_fetch_and_add(&counter, 1);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
